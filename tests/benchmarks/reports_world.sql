-- A year of an exchange: :leads requests, most of them approved and sold four times (three sales a request), to 1,000
-- companies in the launch niches and markets. The rows that reports, inbox and exports read, put there without triggers;
-- slots and consent, which they don't read, are left out.
set session_replication_role = replica;
set maintenance_work_mem = '512MB';
set synchronous_commit = off;
drop index contact_email, contact_phone, lead_contact, lead_niche_market, lead_text, lead_submitted_ip,
  transfer_debit, transfer_credit, transfer_unsealed, transfer_reference, assignment_inbox, assignment_of_level,
  assignment_assigned, lead_submitted, lead_confirmed, lead_reviewed, transfer_other, refund_at;

-- The id that a row of this moment has, the n-th of its kind.
create function made_id(moment timestamptz, kind int, n bigint) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;

create temp table p as
select made_id(now() - interval '400 days', 1, n) as id, made_id(now() - interval '400 days', 2, n) as account, n from generate_series(1, 1000) n;
insert into provider (id, company_name, status, created_at, updated_at)
select id, 'Company ' || n, 'active', now() - interval '400 days', now() from p;
insert into ledger_account (id, kind, provider_id, name, created_at) select account, 'wallet', id, 'wallet', now() from p;
insert into wallet (provider_id, account_id, balance_cents, updated_at) select id, account, 100000, now() from p;
create temp table level as select l.*, row_number() over (order by l.id) as n from competition_level l;
insert into subscription (id, provider_id, level_id, niche_id, status, last_received_at, created_at, updated_at)
select made_id(now() - interval '399 days', 3, p.n * 1000 + l.n), p.id, l.id, l.niche_id, 'active', now() - p.n * interval '10 minutes',
       now() - interval '399 days', now() from p join level l on (l.n + p.n) % 5 = 0;

create temp table niche_n as select id, schema_version, row_number() over (order by slug) - 1 as n, count(*) over () as many from niche;
create temp table zip_n as select zip, market_id, centre, row_number() over (order by md5(zip)) - 1 as n, count(*) over () as many from market_zip;
create temp table l as
select i, made_id(at, 4, i) as id, made_id(at, 5, i) as contact, at,
       case when i % 20 > 2 then at + interval '3 minutes' + (i % 997) * interval '10 seconds' end as confirmed,
       case when i % 20 > 4 then at + interval '20 minutes' + (i % 1009) * interval '20 seconds' end as approved,
       z.zip, z.market_id, z.centre, n.id as niche, n.schema_version
  from (select i, now() - interval '365 days' * (1 - i / :leads::float8) as at from generate_series(1::bigint, :leads) i) s
  join zip_n z on z.n = (s.i * 7919) % z.many join niche_n n on n.n = (s.i * 104729) % n.many order by i;
update l set approved = null where approved > now();
update l set confirmed = null where confirmed > now();
create index on l (i);
insert into contact (id, full_name, email, phone, street, city, state, email_key, phone_key, block_keys, created_at)
select contact, 'Pat Example', 'person' || i || '@example' || i % 977 || '.com', '+1702' || lpad((i * 7 % 10000000)::text, 7, '0'), i || ' Main St',
       'Las Vegas', 'NV', 'person' || i || '@example' || i % 977 || '.com', '+1702' || lpad((i * 7 % 10000000)::text, 7, '0'), '{}', at from l;
insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, verdict, source, zip, location, location_source,
                  accuracy_m, public_location, fraud, quality, submitted_at, confirmed_at, reviewed_at, updated_at)
select id, niche, market_id, contact, schema_version, '{"details": "Some tiles slid off in the last storm."}', '{"zip": "89109"}',
       case when approved is not null then case when at > now() - interval '30 days' then 'approved' else 'closed' end
            when confirmed is not null then case when at > now() - interval '2 days' then 'pending_approval' else 'rejected' end
            when at > now() - interval '7 days' then 'pending_confirmation' else 'expired' end,
       case when approved is not null then 'approved' when confirmed < now() - interval '2 days' then 'rejected' end, 'form', zip, centre, 'zip', 3000,
       centre, 0.1, i % 100, at, confirmed, coalesce(approved, case when at <= now() - interval '2 days' then confirmed + interval '1 hour' end), now() from l;
insert into listing (lead_id, opened_at, closes_at) select id, approved, approved + interval '30 days' from l where approved > now() - interval '29 days';

create temp table s as
select made_id(l.approved + k * interval '1 second', 6, l.i * 8 + k) as id, made_id(l.approved + k * interval '1 second', 7, l.i * 8 + k) as transfer,
       l.id as lead, l.niche, p.id as provider, p.account, k, l.i, l.approved + k * interval '1 second' as at,
       lv.id as level, lv.price_cents, made_id(now() - interval '399 days', 3, p.n * 1000 + lv.n) as subscription, (l.i * 31 + k * 17) % 100 as dice
  from l cross join generate_series(1, 4) k join level lv on lv.niche_id = l.niche and lv.position = 1 + (l.i + k) % 3
  join p on p.n = 1 + (l.i * 13 + k * 251) % 1000
 where l.approved is not null order by l.i, k;
insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id, wallet_balance_cents,
                      idempotency_key, at)
select transfer, account, (select id from ledger_account where kind = 'revenue' and provider_id is null limit 1), price_cents, 'lead_charge', 'assignment', id,
       '00000000-0000-0000-0000-000000000000', 100000, 'sale:' || id, at from s where price_cents > 0;
insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, subscription_id, price_cents, transfer_id, assigned_at,
                        viewed_at, decision, decided_at, reject_reason, outcome, outcome_at, rating, refunded_at)
select id, lead, provider, k, 'distribution', niche, level, subscription, price_cents, case when price_cents > 0 then transfer end, at,
       case when dice < 80 then at + (dice + 1) * interval '3 minutes' end,
       case when dice < 60 then 'accepted' when dice < 70 then 'rejected' end,
       case when dice < 70 then at + (dice + 2) * interval '5 minutes' end, case when dice between 60 and 69 then 'Too far' end,
       case when dice < 15 then 'won' when dice < 40 then 'lost' end, case when dice < 40 then at + interval '3 days' end,
       case when dice < 30 then 3 + dice % 3 end, case when dice in (90, 91) then at + interval '2 days' end from s;
update assignment a set search_bits = c.search_bits from lead l join contact c on c.id = l.contact_id where l.id = a.lead_id;
insert into refund (assignment_id, cause, amount_cents, transfer_id, memo, refunded_by, at)
select id, 'manual', price_cents, made_id(at, 8, i * 8 + k), 'Asked for.', '00000000-0000-0000-0000-000000000000', at + interval '2 days'
  from s where dice in (90, 91) and at < now() - interval '2 days' and price_cents > 0;
insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id, wallet_balance_cents,
                      idempotency_key, at)
select transfer_id, (select id from ledger_account where kind = 'refunds' limit 1), s.account, amount_cents, 'refund', 'assignment', assignment_id,
       r.refunded_by, 100000, 'refund:' || assignment_id, r.at from refund r join s on s.id = r.assignment_id;
insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id, wallet_balance_cents, idempotency_key, at)
select made_id(at, 9, n * 1000 + m), (select id from ledger_account where kind = 'gateway' limit 1), account, 50000, 'deposit', id, 100000,
       'deposit:' || n || ':' || m, at from p, generate_series(1, 12) m, lateral (select now() - m * interval '30 days' - n * interval '11 minutes') t (at);
insert into subscription_usage (subscription_id, day, leads, spent_cents)
select subscription, (at at time zone 'America/Los_Angeles')::date, count(*), sum(price_cents) from s group by 1, 2;
insert into distribution_run (id, lead_id, niche_id, state, turn, traversal, candidates, assigned, skips, started_by, started_at, finished_at, duration_ms)
select made_id(approved, 10, i), id, niche, 'finished', i, '{}', 6, 4, '{"filter": 1, "insufficient_balance": 1}',
       '00000000-0000-0000-0000-000000000000', approved, approved, 1 + i % 7 from l where approved is not null;
insert into health_probe (at, ok, ms) select t, true, 4 from generate_series(date_trunc('minute', now()) - interval '30 days', now(), interval '1 minute') t;

create index contact_email on contact (email_key);
create index contact_phone on contact (phone_key);
create index lead_contact on lead (contact_id);
create index lead_niche_market on lead (niche_id, market_id, id desc);
create index transfer_debit on transfer (debit_account_id, id);
create index transfer_credit on transfer (credit_account_id, id);
create index transfer_unsealed on transfer (recorded_xid, id);
create index transfer_reference on transfer (reference_id) where reference_id is not null;
create index assignment_inbox on assignment (provider_id, id desc) include (lead_id, search_bits);
create index assignment_of_level on assignment (level_id, id desc);
create index assignment_assigned on assignment (assigned_at);
create index lead_submitted on lead (submitted_at);
create index lead_confirmed on lead (confirmed_at) where confirmed_at is not null;
create index lead_reviewed on lead (reviewed_at) where reviewed_at is not null;
create index transfer_other on transfer (at) include (kind, amount_cents) where kind <> 'lead_charge';
create index refund_at on refund (at);
set session_replication_role = origin;
