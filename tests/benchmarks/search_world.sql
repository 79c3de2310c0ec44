-- :listings open listings around the ZIP codes of the launch markets, in the launch niches, with one to five places each,
-- put there without triggers; leads themselves, which a search does not read, are left out.
set session_replication_role = replica;
set maintenance_work_mem = '512MB';
set synchronous_commit = off;
create temp table kept_index as
select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = 'on_sale' and indexname <> 'on_sale_pkey';
do $$ declare i record; begin for i in select * from kept_index loop execute format('drop index %I', i.indexname); end loop; end $$;

create temp table niche_n as select id, name, row_number() over (order by slug) - 1 as n, count(*) over () as many from niche;
create temp table zip_n as
select z.zip, z.market_id, z.centre, m.name as market, row_number() over (order by md5(z.zip)) - 1 as n, count(*) over () as many
  from market_zip z join market m on m.id = z.market_id;
create temp table word as select w, n - 1 as n, count(*) over () as many from unnest(array[
  'roof', 'leak', 'kitchen', 'bathroom', 'window', 'water', 'heater', 'garage', 'door', 'fence', 'gutter', 'shingle', 'tile', 'solar',
  'panel', 'battery', 'pool', 'deck', 'patio', 'paint', 'floor', 'carpet', 'hardwood', 'ceiling', 'drywall', 'insulation', 'attic',
  'basement', 'plumbing', 'pipe', 'drain', 'sewer', 'furnace', 'cooling', 'thermostat', 'wiring', 'outlet', 'lighting', 'chimney',
  'fireplace', 'tree', 'stump', 'lawn', 'sprinkler', 'driveway', 'concrete', 'asphalt', 'foundation', 'crack', 'mold', 'termite',
  'siding', 'stucco', 'skylight', 'cabinet', 'counter', 'granite', 'shower', 'toilet', 'faucet']) with ordinality t (w, n);
create temp table s as
select i, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(i), 15, '0'))::uuid as id, at,
       n.id as niche, n.name as niche_name, z.zip, z.market_id, z.market, 1 + i % 5 as places,
       ST_SnapToGrid(ST_SetSRID(ST_MakePoint(ST_X(z.centre) + d.x, ST_Y(z.centre) + d.y), 4326), 0.00001) as place,
       case when i % 10 > 0 then (i * 37 % 100)::real end as quality, 1500 + (i * 7907 % 12000) as cents, w.words
  from (select i, now() - interval '14 days' * (1 - i / (:listings + 1)::float8) - interval '2 hours' as at from generate_series(1::bigint, :listings) i) g
  join zip_n z on z.n = (i * 7919) % z.many join niche_n n on n.n = (i * 104729) % n.many
 cross join lateral (select (((i * 15485863) % 10007) / 10007.0 - 0.5) * 0.16 as x, (((i * 32452843) % 10009) / 10009.0 - 0.5) * 0.13 as y) d
 cross join lateral (select string_agg(w, ' ') as words from word
                      where word.n in ((i * 31) % 60, (i * 37 + 7) % 60, (i * 41 + 13) % 60, (i * 43 + 29) % 60, (i * 47 + 41) % 60)) w
 order by i;
insert into listing (lead_id, opened_at, closes_at, price_cents, receipt, priced_at)
select id, at, at + interval '21 days', cents,
       jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('key', 'base', 'label', 'Base price', 'cents', cents))), at from s;
insert into slot (lead_id, slot_no, state, provider_id)
select id, k, case when k < places and (i + k) % 4 = 0 then 'sold' else 'free' end,
       case when k < places and (i + k) % 4 = 0 then (lpad(to_hex(k), 32, '0'))::uuid end
  from s, generate_series(1, places) k;
insert into on_sale (lead_id, niche_id, market_id, zip, place, ground, accuracy_m, quality, price_cents, floor_cents,
                     places, free, held_until, submitted_at, opened_at, closes_at, facts, words)
select id, niche, market_id, zip, place, ST_Transform(place, 3857), 500, quality, cents, 0, places,
       (select count(*) from generate_series(1, places) k where k = places or (i + k) % 4 > 0), '{}',
       at - interval '1 hour', at, at + interval '21 days', '[{"label": "When", "value": "This month"}, {"label": "Kind", "value": "Repair"}]',
       niche_name || ' . ' || market || ' . ' || zip || ' . need help with ' || words from s;
do $$ declare i record; begin for i in select * from kept_index loop execute i.indexdef; end loop; end $$;
insert into sale_cell (level, niche_id, x, y, listings, cents)
select level, niche_id, floor(ST_X(ground) / cell_size(level::smallint)), floor(ST_Y(ground) / cell_size(level::smallint)), count(*), sum(price_cents)
  from on_sale, generate_series(0, 3) level group by 1, 2, 3, 4;
set session_replication_role = origin;
