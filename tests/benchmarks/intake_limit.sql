-- What one request inserts, as one transaction of one statement.
\set n random(1, 2000000000)
\set p random(1, 2000000000)
begin;
with new as (
  select gen_random_uuid() as lead, gen_random_uuid() as contact, n.id as niche, m.id as market, z.zip, z.centre
  from niche n, market m, market_zip z where n.slug = 'roofing' and m.slug = 'las-vegas' and z.zip = '89109'
), person as (
  insert into contact (id, full_name, email, phone, street, unit, city, state, email_key, phone_key, address_key, address_review,
                       block_keys, created_at)
  select contact, 'Pat Example ' || :n, 'pat.' || :n || '@example.com', '+1702' || :n, :n || ' N MAIN ST', 'APT 4', 'Las Vegas', 'NV',
    'pat.' || :n || '@example.com', '+1702' || :n, 'example pat|' || :n || ' n main st apt 4|89109', false,
    array['email:' || md5('e' || :n) || md5('f' || :n), 'phone:' || md5('p' || :n) || md5('q' || :n)], now() from new
), request as (
  insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, source, attribution, zip, location,
                    location_source, accuracy_m, public_location, submitted_ip, submitted_at, updated_at)
  select lead, niche, market, contact, 1,
    '{"roof_need": "Repair", "building": "Single-family house", "material": "Tile", "stories": "1", "timeline": "Today"}',
    '{"roof_need": "Repair", "building": "Single-family house", "material": "Tile", "stories": "1", "timeline": "Today",
      "zip": "89109", "zip__text": "89109", "city": "Las Vegas", "city__text": "las vegas", "county": "Clark",
      "county__text": "clark", "state": "NV", "state__text": "nv", "market": "las-vegas", "market__text": "las-vegas",
      "source": "api", "source__text": "api", "submitted_on": "2026-11-04", "submitted_day": 20761}',
    'api', '{"utm_source": "bench"}', zip, centre, 'zip', 3000, centre, '10.0.0.1', now(), now() from new
), claimed as (
  insert into lead_identity (lead_id, niche_id, key, held_until)
  select lead, niche, key, now() + interval '90 days' from new,
    unnest(array['address:' || md5('a' || :n) || md5('b' || :p), 'email:' || md5('e' || :n) || md5('f' || :p),
                 'phone:' || md5('p' || :n) || md5('q' || :p)]) key
  on conflict do nothing
), agreed as (
  insert into consent_event (id, lead_id, event, wording, wording_version, sellers, channels, ip, user_agent, page_url, at)
  select gen_random_uuid(), lead, 'given', repeat('I agree that this request is passed on. ', 10), '2026-11.5', array['Hotleads', 'five'],
    array['phone', 'text', 'email'], '10.0.0.1', 'client', 'https://form.example/request', now() from new
), invited as (
  insert into lead_token (id, lead_id, token_hash, created_at, expires_at)
  select gen_random_uuid(), lead, decode(md5('t' || :n) || md5('u' || :p), 'hex'), now(), now() + interval '1 day' from new
), mail as (
  insert into outbox (id, kind, key, payload, sealed, run_at, correlation_id, created_at)
  select gen_random_uuid(), 'email', 'lead_confirmation:' || lead,
    jsonb_build_object('template', 'lead_confirmation', 'lead_id', lead, 'context', jsonb_build_object('niche', 'Roofing')),
    decode(repeat(md5('s' || :n), 8), 'hex'), now(), md5('c' || :n), now() from new
)
insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip, correlation_id)
select gen_random_uuid(), now(), '00000000-0000-0000-0000-000000000000', 'public', 'lead.submitted', 'lead', lead,
  '{"status": "pending_confirmation", "niche": "roofing", "source": "api"}', '10.0.0.1', md5('c' || :n) from new;
commit;
