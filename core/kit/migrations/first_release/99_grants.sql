-- The application's role reads and writes rows, but may not rewrite what is append-only.
grant usage on schema public to hotleads_app;
grant select, insert, update, delete on all tables in schema public to hotleads_app;
grant usage, select on all sequences in schema public to hotleads_app;
grant execute on all functions in schema public to hotleads_app;
revoke update, delete, truncate on audit_entry, seal, form_schema, filter_change, transfer, consent_event from hotleads_app;
revoke insert, update, delete, truncate on lead_transition from hotleads_app;
-- Cached balances follow the transfers (07_ledger.sql); nobody else may set one.
revoke update, delete, truncate on wallet, ledger_account from hotleads_app;
grant update (low_balance_cents, frozen_at, frozen_reason, updated_at) on wallet to hotleads_app;
revoke update, delete, truncate on plan_fee from hotleads_app;
