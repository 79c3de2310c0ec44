-- The application's role reads and writes rows, but may not rewrite what is append-only.
grant usage on schema public to hotleads_app;
grant select, insert, update, delete on all tables in schema public to hotleads_app;
grant usage, select on all sequences in schema public to hotleads_app;
grant execute on all functions in schema public to hotleads_app;
revoke update, delete, truncate on audit_entry, seal, form_schema, filter_change, transfer, consent_event from hotleads_app;
revoke insert, update, delete, truncate on lead_transition from hotleads_app;
-- Who was sold which lead at what price, when and by which charge stays; what became of it is noted (10_inventory.sql).
revoke update, delete, truncate on assignment from hotleads_app;
grant update (viewed_at, decision, decided_at, reject_reason, outcome, outcome_value_cents, outcome_at, rating, notes, refunded_at,
              search_bits) on assignment to hotleads_app;
revoke insert, update, delete, truncate on provider_spend from hotleads_app;
-- What was reported and paid back stays; only the words in it can be erased (17_returns.sql).
revoke update, delete, truncate on claim from hotleads_app;
grant update (status, resolution, due_at, escalated_at, appealed_at, decided_at, decided_by) on claim to hotleads_app;
revoke update, delete, truncate on claim_event, refund from hotleads_app;
grant update (words) on claim_event to hotleads_app;
grant update (memo) on refund to hotleads_app;
-- Cached balances follow the transfers (07_ledger.sql); nobody else may set one.
revoke update, delete, truncate on wallet, ledger_account from hotleads_app;
grant update (low_balance_cents, frozen_at, frozen_reason, updated_at) on wallet to hotleads_app;
-- Who paid how much stays; what became of it is noted (14_payments.sql).
grant update (top_up_below_cents) on wallet to hotleads_app;
revoke update, delete, truncate on deposit, payment_event, payment_reversal, payment_method, top_up_mandate from hotleads_app;
grant update (status, gateway_ref, gateway_url, payment_ref, failure, problem, reversed_cents, reversal_steps, froze_wallet_at,
              updated_at, completed_at, failed_at) on deposit to hotleads_app;
grant update (sealed, handled_at, outcome, detail, deposit_id) on payment_event to hotleads_app;
grant update (state, amount_cents, updated_at) on payment_reversal to hotleads_app;
grant update (removed_at) on payment_method to hotleads_app;
revoke update, delete, truncate on plan_fee from hotleads_app;
revoke update, delete, truncate on checkout, price_history from hotleads_app;
revoke update, delete, truncate on decision_facts, model_change, prediction, feedback from hotleads_app;
revoke update, delete, truncate on price_trial_listing from hotleads_app;
-- What a source was allowed stays; what came from it can only be erased or told apart (25_sourcing.sql).
revoke update, delete, truncate on source_permission from hotleads_app;
revoke delete, truncate on raw_record, source_run, quarantine_entry, source_file from hotleads_app;
-- A key ends by being revoked, so that what was done with it can still be told (29_api_keys.sql).
revoke delete, truncate on api_key from hotleads_app;
revoke update, delete, truncate on merge_event from hotleads_app;
revoke update, delete, truncate on passport_entry from hotleads_app;
-- How things stood is written by triggers and stays (32_why.sql).
revoke update, delete, truncate on row_version from hotleads_app;
grant usage on schema past to hotleads_app;
grant select on all tables in schema past to hotleads_app;
grant execute on all functions in schema past to hotleads_app;
revoke update, delete, truncate on passport_entry, policy from hotleads_app;
