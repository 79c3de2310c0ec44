-- Niches with three levels each (1, 3 and 5 recipients); every provider subscribes to all, with a filter of 0 to 3 rules
-- out of `wish`, every third one with an area; approved leads, each with a distribution job that is due, the niches in turn.
insert into market (id, name, slug, state, timezone, boundary, centre, created_at)
select uuid7(), 'Las Vegas', 'las-vegas', 'NV', 'America/Los_Angeles', ST_Multi(ST_MakeEnvelope(-115.5, 35.8, -114.8, 36.4, 4326)),
       ST_SetSRID(ST_MakePoint(-115.17, 36.11), 4326), now();
insert into niche (id, name, slug, max_providers, created_at) select uuid7(), 'Bench ' || n, 'bench-' || n, 9, now() from generate_series(1, :niches) n;
insert into niche_turn (niche_id) select id from niche;
insert into form_schema (niche_id, version, schema, created_by, created_at) select id, 1, '{"fields": []}', id, now() from niche;
insert into competition_level (id, niche_id, name, price_cents, max_recipients, position, created_at, updated_at)
select uuid7(), n.id, 'Level ' || p, 5000 / p, (array[1, 3, 5])[p], p, now(), now() from niche n, generate_series(1, 3) p;

create temp table p as select uuid7() as id, uuid7() as account, n from generate_series(1, :providers) n;
insert into provider (id, company_name, status, created_at, updated_at) select id, 'Company ' || n, 'active', now(), now() from p;
insert into ledger_account (id, kind, provider_id, name, created_at) select account, 'wallet', id, 'wallet', now() from p;
insert into wallet (provider_id, account_id, updated_at) select id, account, now() from p;
insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id, idempotency_key, at)
select uuid7(), g.id, p.account, 1000000000, 'deposit', p.id, 'bench:' || p.n, now() from p, ledger_account g where g.kind = 'gateway';
insert into subscription (id, provider_id, level_id, niche_id, status, filter_rules, filter_compiled, created_at, updated_at)
select uuid7(), p.id, l.id, l.niche_id, 'active', f.rules, f.compiled::jsonpath, now(), now()
  from p cross join competition_level l join wish f on f.n = (p.n * 3 + l.position) % (select count(*) from wish);
insert into provider_area (provider_id, shape)
select id, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-115.17 + 0.2 * (random() - 0.5), 36.11 + 0.2 * (random() - 0.5)), 4326), 0.1 + 0.1 * random(), 8))
  from p where n % 3 = 0;

create temp table l as select uuid7() as id, uuid7() as contact, nth from generate_series(1, :leads) nth;
insert into contact (id, full_name, created_at) select contact, 'P', now() from l;
insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, zip, location, location_source, accuracy_m,
                  public_location, submitted_at, reviewed_at, updated_at)
select l.id, n.id, m.id, l.contact, 1, '{}',
       jsonb_build_object('property_type', (array['house', 'condo', 'land'])[1 + floor(random() * 3)::int],
         'bedrooms', floor(random() * 6)::int, 'budget', 100000 + floor(random() * 900)::int * 1000, 'quality', 20 + floor(random() * 80)::int,
         'zip', '891' || lpad(floor(random() * 60)::text, 2, '0'), 'city', 'Las Vegas', 'city__text', 'las vegas', 'county', 'Clark',
         'county__text', 'clark', 'state', 'NV', 'market', 'las-vegas', 'source', 'form', 'submitted_on', '2026-11-04', 'submitted_day', 20761),
       'approved', '89101', ST_SetSRID(ST_MakePoint(-115.17 + 0.2 * (random() - 0.5), 36.11 + 0.2 * (random() - 0.5)), 4326), 'zip', 3000,
       m.centre, now(), now(), now() from l join (select id, row_number() over (order by id) - 1 as nth from niche) n on n.nth = l.nth % :niches, market m;
insert into consent_event (id, lead_id, event, wording, wording_version, at) select uuid7(), id, 'given', 'I agree.', '2026-11.9', now() from l;
insert into outbox (id, kind, key, payload, run_at, created_at)
select uuid7(), 'distribution.run', id::text, jsonb_build_object('lead_id', id), now(), now() from l;
