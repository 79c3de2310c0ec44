-- What a company's person or program does writes that company's rows only, also when a statement forgets to say so
-- (docs/adr/0029). Their transactions name the company (core/kit/tenant.py); jobs, staff and the public name nobody and are free.

create function refuse_others_row() returns trigger language plpgsql as $$
begin
  raise exception 'a % of % would touch a row that is not the company''s own: refused by "own_writes"', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- Refuses rows of `tbl` for which `others` holds, to a transaction that names a company; {} stands before each column. What
-- is written is judged by a policy, which an update meets with an error where it would do too little in silence if it judged what
-- is there; it is a part of the statement's own plan, where a trigger's condition is worked out anew for each statement. What
-- goes is judged by a trigger, and so is what changes hands: `keys` tell by which columns it would. What the house's own
-- functions do, and what goes with the row above it, is done by the owner.
create procedure guard(tbl regclass, others text default '{}provider_id is distinct from tenant_id()', keys text default 'provider_id')
language plpgsql as $$
begin
  execute format('create policy own_writes on %s as restrictive to hotleads_app using (true) with check ((tenant_id() is not null and (%s)) is not true)',
                 tbl, replace(others, '{}', ''));
  execute format('create trigger own_writes after delete %s on %s for each row when (tenant_id() is not null and (%s) and current_user = ''hotleads_app'')
                  execute function refuse_others_row()', 'or update of ' || keys, tbl, replace(others, '{}', 'old.'));
end $$;

-- Of a table that rows of companies hang on: `others_<table>(id)`, whether the row is one of another company.
create procedure tell_others(tbl regclass, others text default '{}provider_id is distinct from tenant_id()') language plpgsql as $$
begin
  execute format('create function others_%s(row_id uuid) returns boolean language plpgsql stable as
                  $body$ begin return exists (select from %1$s r where r.id = row_id and (%s)); end $body$', tbl, replace(others, '{}', 'r.'));
end $$;

do $$
declare tbl text;
begin
  foreach tbl in array array[
    'api_key', 'assignment', 'checkout', 'claim', 'deposit', 'export', 'feedback', 'hold_lapse', 'market_event', 'membership',
    'notification_preference', 'own_list', 'payment_method', 'price_consent', 'provider_area', 'provider_interest', 'provider_spend',
    'saved_search', 'service_area', 'spend_ceiling', 'subscription', 'support_request', 'top_up', 'top_up_mandate', 'user_account',
    'wallet', 'webhook_endpoint']
  loop
    call guard(tbl);
  end loop;
  foreach tbl in array array['assignment', 'claim', 'membership', 'own_list', 'saved_search', 'subscription', 'support_request',
                             'user_account', 'webhook_endpoint']
  loop
    call tell_others(tbl);
  end loop;
end $$;
call guard('provider', '{}id is distinct from tenant_id()', 'id');
-- A slot is anybody's until a company holds it. From then on it is that company's: no other's work frees it, takes it or changes
-- what it holds; a hold that ran out is given back by the house's own function (22_cart.sql).
call guard('slot', '{}provider_id <> tenant_id()');
call guard('ledger_account', '{}provider_id <> tenant_id()');

-- What hangs on rows of a company.
call tell_others('webhook_delivery', 'others_webhook_endpoint({}endpoint_id)');
call tell_others('ledger_account', '{}provider_id <> tenant_id()');
call guard('filter_change', 'others_subscription({}subscription_id)', 'subscription_id');
call guard('claim_event', 'others_claim({}claim_id)', 'claim_id');
call guard('refund', 'others_assignment({}assignment_id)', 'assignment_id');
call guard('plan_fee', 'others_membership({}membership_id)', 'membership_id');
call guard('support_message', 'others_support_request({}request_id)', 'request_id');
call guard('own_list_key', 'others_own_list({}list_id)', 'list_id');
call guard('saved_search_told', 'others_saved_search({}search_id)', 'search_id');
call guard('webhook_delivery', 'others_webhook_endpoint({}endpoint_id)', 'endpoint_id');
call guard('webhook_attempt', 'others_webhook_delivery({}delivery_id)', 'delivery_id');
call guard('transfer', 'others_ledger_account({}debit_account_id) or others_ledger_account({}credit_account_id)', 'debit_account_id, credit_account_id');
do $$
declare tbl text;
begin
  foreach tbl in array array['user_session', 'user_visit', 'recovery_code', 'account_token', 'email_opt_out'] loop
    call guard(tbl, 'others_user_account({}user_id)', 'user_id');
  end loop;
end $$;
-- Nobody writes in the trail as a person of another company; the system may act for whoever is here.
create function others_person(who uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from user_account u where u.id = who and u.provider_id <> tenant_id());
end $$;
call guard('audit_entry', 'others_person({}actor_id)', 'actor_id');

-- What the house alone writes, in transactions of its own: never in a company's.
call guard('subscription_usage', 'true', 'subscription_id');
call guard('fairness_entry', 'true', 'subscription_id');
call guard('fairness_standing', 'true', 'subscription_id');
call guard('distribution_trace', 'true', 'subscription_id');
call guard('contact', 'true', 'id');
call guard('consent_event', 'true', 'lead_id');
