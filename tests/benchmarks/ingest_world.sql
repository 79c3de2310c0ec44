-- :leads requests that are there already, of people with names, mailboxes, phones and homes in the ZIPs of the launch
-- markets, with the keys by which the same person is known again; put there without triggers, indexes made afterwards.
set session_replication_role = replica;
set maintenance_work_mem = '512MB';
set synchronous_commit = off;
create extension if not exists pgcrypto;
create temp table kept_index as
select c.relname as tbl, i.indexname, i.indexdef from pg_indexes i join pg_class c on c.relname = i.tablename
 where i.schemaname = 'public' and i.tablename in ('contact', 'lead', 'lead_identity')
   and not exists (select from pg_constraint k where k.conname = i.indexname);
do $$ declare i record; begin for i in select * from kept_index loop execute format('drop index %I', i.indexname); end loop; end $$;

create temp table zip_n as
select z.zip, z.market_id, z.centre, z.city, z.state, row_number() over (order by z.zip) - 1 as n from market_zip z;
create temp table person as
select i, (lpad(to_hex((extract(epoch from now() - interval '60 days') * 1000)::bigint + i / 16), 12, '0') || '70008' || lpad(to_hex(i), 15, '0'))::uuid as id,
       'p' || i || '@mail' || (i % 977) || '.com' as email,
       '+1' || (array['702', '214', '512', '602'])[1 + i % 4] || lpad((2000000 + i / 4)::text, 7, '0') as phone,
       (:'firsts'::text[])[1 + i % cardinality(:'firsts'::text[])] as first,
       (:'lasts'::text[])[1 + (i / cardinality(:'firsts'::text[])) % cardinality(:'lasts'::text[])] as last,
       (1 + i % 9973) || ' ' || (:'streets'::text[])[1 + (i * 7919 + i / 97) % cardinality(:'streets'::text[])] as street,
       z.zip, z.market_id, z.centre, z.city, z.state
  from generate_series(1::bigint, :leads) i join zip_n z on z.n = (i * 104729) % (select count(*) from zip_n);
insert into contact (id, full_name, email, phone, street, city, state, email_key, phone_key, address_key, block_keys, created_at)
select id, first || ' ' || last, email, phone, street, city, state, email, phone,
       lower((select string_agg(w, ' ' order by w) from unnest(array[lower(first), lower(last)]) w)) || '|' || street || '|' || zip,
       array['email:' || encode(hmac(convert_to(email, 'UTF8'), decode(:'key', 'hex'), 'sha256'), 'hex'), 'phone:' || encode(hmac(convert_to(phone, 'UTF8'), decode(:'key', 'hex'), 'sha256'), 'hex')],
       now() - interval '60 days' from person;
insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, source, zip, location, location_source,
                  accuracy_m, public_location, submitted_at, confirmed_at, updated_at)
select id, :'niche', market_id, id, 1, '{}', '{}', 'pending_approval', 'form', zip, centre, 'zip', 3000, centre,
       now() - interval '60 days', now() - interval '60 days', now() - interval '60 days' from person;
insert into lead_identity (niche_id, key, lead_id, held_until)
select :'niche', k, c.id, now() + interval '30 days' from contact c,
       unnest(c.block_keys || ('address:' || encode(hmac(convert_to(c.address_key, 'UTF8'), decode(:'key', 'hex'), 'sha256'), 'hex'))) k
on conflict do nothing;
do $$ declare i record; begin for i in select * from kept_index loop execute i.indexdef; end loop; end $$;
set session_replication_role = origin;
-- As a market that has lived is, and so that no vacuum begins while it is measured.
vacuum (analyze) contact, lead, lead_identity;
