-- The rows of :page records, with everything that hangs on them, put in without a question asked.
begin;
create temp table if not exists given on commit delete rows as
select uuid7() as lead, uuid7() as contact, uuid7() as raw, 1 as n where false;
insert into given select uuid7(), uuid7(), uuid7(), n from generate_series(1, :page) n;
insert into contact (id, full_name, email, phone, street, city, state, email_key, phone_key, address_key, block_keys, created_at)
select contact, 'Pat Example', contact || '@example.com', '+17025550100', '1 Main St', 'Las Vegas', 'NV', contact || '@example.com',
       '+17025550100', 'example pat|1 Main St|89109', array['email:' || contact], now() from given;
insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, source, zip, location, location_source,
                  accuracy_m, public_location, submitted_at, updated_at)
select lead, n.id, z.market_id, contact, 1, '{"bedrooms": 3}', '{"bedrooms": 3, "zip": "89109"}', 'pending_approval', 'connector', z.zip,
       z.centre, 'zip', 3000, z.centre, now(), now()
  from given, (select id from niche order by slug limit 1) n, (select * from market_zip order by zip limit 1) z;
insert into lead_identity (niche_id, key, lead_id, held_until)
select n.id, k || lead, lead, now() + interval '90 days' from given, (select id from niche order by slug limit 1) n,
       unnest(array['email:', 'phone:', 'address:']) k;
insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after)
select uuid7(), now(), '00000000-0000-0000-0000-000000000000', 'system', 'lead.submitted', 'lead', lead, '{"status": "pending_approval"}' from given;
insert into outbox (id, kind, key, payload, run_at, created_at)
select uuid7(), 'lead.score', lead::text, jsonb_build_object('lead_id', lead), now(), now() from given;
insert into raw_record (id, source_id, record_id, version, run_id, content, content_hash, content_bytes, media_type, fetched_at,
                        received_at, gone, test, outcome, lead_id)
select raw, s.id, raw::text, '1', r.id, convert_to(repeat('x', 300), 'UTF8'), sha256(convert_to(raw::text, 'UTF8')), 300, 'application/json', now(), now(), false,
       false, 'fresh', lead from given, (select id from source limit 1) s, (select id from source_run limit 1) r;
insert into source_record (source_id, record_id, lead_id, founder, holder, test, said_at, updated_at)
select s.id, raw::text, lead, true, 'consumer', false, now(), now() from given, (select id from source limit 1) s;
commit;
