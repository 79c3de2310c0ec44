-- One company's work sees one company's rows, also when a query forgets to say so (docs/adr/0029).

-- The role that work for a company runs as. It belongs to nobody and inherits nothing: what it may is granted below, table by
-- table, and whoever signs in as a login of it can't become anybody else.
do $$ begin
  create role hotleads_tenant nologin noinherit;
exception when duplicate_object or unique_violation then null;
end $$;

-- Whose session this is, named anew by each transaction (core/kit/tenant.py); nobody's: null, to which no row belongs.
create function tenant_id() returns uuid language sql stable parallel safe as $$
  select nullif(current_setting('hotleads.provider', true), '')::uuid
$$;

-- Rows of `tbl` for which `own` holds are all that the tenant's role sees and writes; the application sees all of them. What
-- `own` asks of the session stands in a subquery of its own, so that it is worked out once and an index can be used.
create procedure isolate(tbl regclass, own text default 'provider_id = (select tenant_id())') language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tbl);
  execute format('create policy house on %s to hotleads_app using (true) with check (true)', tbl);
  execute format('create policy own on %s to hotleads_tenant using (%s) with check (%2$s)', tbl, own);
  -- Whoever may read all of the server reads all of it, such as the login that takes a dump.
  execute format('create policy reader on %s for select to pg_read_all_data using (true)', tbl);
  execute format('grant select on %s to hotleads_tenant', tbl);
end $$;

do $$
declare tbl text;
begin
  foreach tbl in array array[
    'api_key', 'assignment', 'checkout', 'claim', 'deposit', 'export', 'feedback', 'hold_lapse', 'ledger_account', 'market_event',
    'membership', 'notification_preference', 'own_list', 'payment_method', 'price_consent', 'provider_area', 'provider_interest',
    'provider_spend', 'saved_search', 'service_area', 'slot', 'spend_ceiling', 'subscription', 'support_request', 'top_up',
    'top_up_mandate', 'wallet', 'webhook_endpoint']
  loop
    call isolate(tbl);
  end loop;
end $$;
call isolate('provider', 'id = (select tenant_id())');
-- Staff are nobody's company, and no company is told who they are. Secrets are not granted (below).
call isolate('user_account');

-- What hangs on rows of a company. A list of its ids comes from the policy of the table above it.
call isolate('subscription_usage', 'subscription_id = any (array(select s.id from subscription s))');
call isolate('filter_change', 'subscription_id = any (array(select s.id from subscription s))');
call isolate('fairness_entry', 'subscription_id = any (array(select s.id from subscription s))');
call isolate('fairness_standing', 'subscription_id = any (array(select s.id from subscription s))');
call isolate('distribution_trace', 'subscription_id = any (array(select s.id from subscription s))');
call isolate('claim_event', 'exists (select from claim c where c.id = claim_id)');
call isolate('refund', 'exists (select from assignment a where a.id = assignment_id)');
call isolate('plan_fee', 'membership_id = any (array(select m.id from membership m))');
call isolate('support_message', 'exists (select from support_request r where r.id = request_id)');
call isolate('own_list_key', 'list_id = any (array(select l.id from own_list l))');
call isolate('saved_search_told', 'search_id = any (array(select s.id from saved_search s))');
call isolate('webhook_delivery', 'endpoint_id = any (array(select e.id from webhook_endpoint e))');
call isolate('webhook_attempt', 'exists (select from webhook_delivery d where d.id = delivery_id)');
call isolate('transfer', 'debit_account_id = any (array(select a.id from ledger_account a)) or credit_account_id = any (array(select a.id from ledger_account a))');
call isolate('user_session', 'user_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');
call isolate('user_visit', 'user_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');
call isolate('recovery_code', 'user_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');
call isolate('account_token', 'user_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');
call isolate('email_opt_out', 'user_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');
-- A request: of niches that the company has subscribed to, once somebody has looked at it, since its verdicts are about those; and
-- of what it holds, has bought or spoke of. Not who sent it from where, who may earn from it and what the house thinks of it.
call isolate('lead', $$niche_id = any (array(select s.niche_id from subscription s)) and status not in ('pending_confirmation', 'pending_approval', 'expired', 'duplicate')
                       or exists (select from slot s where s.lead_id = lead.id) or exists (select from feedback f where f.lead_id = lead.id)$$);
revoke select on lead from hotleads_tenant;
grant select (id, niche_id, market_id, contact_id, schema_version, facts, status, zip, location_source, accuracy_m, public_location, quality,
              submitted_at, confirmed_at, reviewed_at) on lead to hotleads_tenant;
-- A person's name, phone and e-mail, and what they agreed to: of those whose lead the company has bought.
call isolate('contact', 'exists (select from lead l join assignment a on a.lead_id = l.id where l.contact_id = contact.id)');
call isolate('consent_event', 'exists (select from assignment a where a.lead_id = consent_event.lead_id)');
revoke select on consent_event from hotleads_tenant;
grant select (id, lead_id, event, wording, wording_version, sellers, channels, certificate_url, at) on consent_event to hotleads_tenant;
-- All answers and the true place: of the same. The house, which reads for its own people, sees everybody's.
create view lead_bought with (security_barrier) as
select l.id, l.form_data, l.location from lead l
 where (select pg_has_role('hotleads_app', 'member'))
    or exists (select from assignment a where a.lead_id = l.id and a.provider_id = (select tenant_id()));
grant select on lead_bought to hotleads_tenant;

-- Of people their names and standing, never what proves who they are.
revoke select on user_account from hotleads_tenant;
grant select (id, email, full_name, role, status, provider_id, owner, email_verified_at, terms_accepted_at, totp_confirmed_at, demo,
              last_sign_in_at, removed_at, created_at, updated_at) on user_account to hotleads_tenant;

-- The trail: a company's people see and write their own entries.
call isolate('audit_entry', 'actor_id = any (array(select u.id from user_account u where u.provider_id = (select tenant_id())))');

-- A view is asked with the rights of whoever asks.
alter view buying_terms set (security_invoker = true);
grant select on buying_terms to hotleads_tenant;

-- What every company may see: nobody's own.
grant usage on schema public to hotleads_tenant;
grant select on
  competition_level, credit_pack, distribution_traced, form_schema, lead_vector,
  listing, market, market_zip, model_role, model_version, niche, on_sale, plan, policy, policy_period,
  sale_cell, sale_cell_step, threshold
to hotleads_tenant;
-- Of these what pages ask: which run it was, how prices went, how far the demo's history is.
grant select (id, lead_id, niche_id, finished_at) on distribution_run to hotleads_tenant;
grant select (lead_id, at, price_cents) on price_history to hotleads_tenant;
grant select (history_ends, written_at, done, total) on demo_load to hotleads_tenant;

-- What looking writes: that a lead was seen, what was looked at, and what follows from it.
grant update (viewed_at) on assignment to hotleads_tenant;
grant insert on audit_entry, market_event, outbox to hotleads_tenant;

-- What follows from such a write is the house's own rule: its triggers see every row. Only these: to take on another role and
-- search path costs each call of a function more than most triggers do.
do $$
declare rule regprocedure;
begin
  for rule in
    select distinct p.oid::regprocedure from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where not t.tgisinternal and not p.prosecdef and p.proname <> 'refuse_change'
       and (has_any_column_privilege('hotleads_tenant', t.tgrelid, 'insert, update') or has_table_privilege('hotleads_tenant', t.tgrelid, 'delete'))
  loop
    execute format('alter function %s security definer set search_path = public, pg_temp', rule);
  end loop;
end $$;
