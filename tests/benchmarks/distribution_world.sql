-- One niche with three levels (1, 3 and 5 recipients); every provider subscribes to each, with 0 to 3 filter rules,
-- every third one with an area; approved leads, each with a distribution job that is due.
insert into market (id, name, slug, state, timezone, boundary, centre, created_at)
select uuid7(), 'Las Vegas', 'las-vegas', 'NV', 'America/Los_Angeles', ST_Multi(ST_MakeEnvelope(-115.5, 35.8, -114.8, 36.4, 4326)),
       ST_SetSRID(ST_MakePoint(-115.17, 36.11), 4326), now();
insert into niche (id, name, slug, max_providers, created_at) select uuid7(), 'Bench', 'bench', 9, now();
insert into niche_turn (niche_id) select id from niche;
insert into form_schema (niche_id, version, schema, created_by, created_at) select id, 1, '{"fields": []}', id, now() from niche;
insert into competition_level (id, niche_id, name, price_cents, max_recipients, position, created_at, updated_at)
select uuid7(), n.id, 'Level ' || p, 5000 / p, (array[1, 3, 5])[p], p, now(), now() from niche n, generate_series(1, 3) p;

create temp table p as select uuid7() as id, uuid7() as account, n from generate_series(1, :providers) n;
insert into provider (id, company_name, status, created_at, updated_at) select id, 'Company ' || n, 'active', now(), now() from p;
insert into ledger_account (id, kind, provider_id, name, created_at) select account, 'wallet', id, 'wallet', now() from p;
insert into ledger_account (id, kind, name, created_at)
select uuid7(), kind, kind, now() from unnest(array['gateway', 'revenue']) kind
 where not exists (select from ledger_account a where a.kind = kind and a.provider_id is null);
insert into wallet (provider_id, account_id, updated_at) select id, account, now() from p;
insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id, idempotency_key, at)
select uuid7(), g.id, p.account, 1000000000, 'deposit', p.id, 'bench:' || p.n, now() from p, ledger_account g where g.kind = 'gateway';
insert into subscription (id, provider_id, level_id, niche_id, status, filter_compiled, created_at, updated_at)
select uuid7(), p.id, l.id, l.niche_id, 'active', (array[
    null,
    'exists($ ? (@."property_type" == "house" || @."property_type" == "condo"))',
    '(exists($ ? (@."property_type" == "condo" || @."property_type" == "land")) && exists($."bedrooms" ? (@ >= 1)))',
    '(exists($ ? (@."property_type" == "house" || @."property_type" == "condo")) && exists($."bedrooms" ? (@ >= 3)) && !(exists($ ? (@."zip" == "89109"))))'
  ])[1 + (p.n + l.position) % 4]::jsonpath, now(), now()
  from p, competition_level l;
insert into provider_area (provider_id, shape)
select id, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-115.17 + 0.2 * (random() - 0.5), 36.11 + 0.2 * (random() - 0.5)), 4326), 0.1 + 0.1 * random(), 8))
  from p where n % 3 = 0;

create temp table l as select uuid7() as id, uuid7() as contact from generate_series(1, :leads);
insert into contact (id, full_name, created_at) select contact, 'P', now() from l;
insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, zip, location, location_source, accuracy_m,
                  public_location, submitted_at, updated_at)
select l.id, n.id, m.id, l.contact, 1, '{}',
       jsonb_build_object('property_type', (array['house', 'condo', 'land'])[1 + floor(random() * 3)::int], 'bedrooms', floor(random() * 6)::int,
         'zip', '891' || lpad(floor(random() * 60)::text, 2, '0'), 'city', 'Las Vegas', 'county', 'Clark', 'state', 'NV', 'market', 'las-vegas'),
       'approved', '89101', ST_SetSRID(ST_MakePoint(-115.17 + 0.2 * (random() - 0.5), 36.11 + 0.2 * (random() - 0.5)), 4326), 'zip', 3000,
       m.centre, now(), now() from l, niche n, market m;
insert into consent_event (id, lead_id, event, wording, wording_version, at) select uuid7(), id, 'given', 'I agree.', '1', now() from l;
insert into outbox (id, kind, key, payload, run_at, created_at)
select uuid7(), 'distribution.run', id::text, jsonb_build_object('lead_id', id), now(), now() from l;
