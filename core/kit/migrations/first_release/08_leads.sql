-- Requests of consumers, from intake to their end (SPEC 2, 3).
-- Which pieces of three letters some words have, as 256 bits, two for each piece: what holds the words holds their bits.
-- The search of an inbox looks at these first and at the words themselves where they fit (SPEC 7.1).
-- A loop, not a query: it runs for every contact, and starting a query costs more than these few steps. The bits vary in length
-- by type alone: those of a fixed length are measured anew at every step, a third of the whole.
create function search_bits(variadic words text[]) returns bit(256) language plpgsql immutable parallel safe as $$
declare
  bits varbit := 0::bit(256);
  word text;
  hash integer;
begin
  foreach word in array words loop
    word := lower(word);
    for at in 1 .. coalesce(length(word), 0) - 2 loop
      hash := hashtextextended(substr(word, at, 3), 0) & 65535;
      bits := set_bit(set_bit(bits, hash & 255, 1), hash >> 8, 1);
    end loop;
  end loop;
  return nullif(bits, 0::bit(256)::varbit);
end $$;

create table contact (                   -- the one erasable place of personal data (SPEC 13.6)
  id uuid primary key,
  full_name text,
  email text,
  phone text,                            -- E.164
  street text,
  unit text,
  city text,
  state text,
  email_key text,
  phone_key text,
  address_key text,                      -- normalised name + address
  address_review boolean not null default false,  -- the address could only be kept as it was typed
  block_keys text[] not null default '{}',  -- 'email:<hash>', 'phone:<hash>': what the do-not-contact lists hold
  search_bits bit(256) generated always as (search_bits(email, phone)) stored,
  created_at timestamptz not null,
  erased_at timestamptz
);
create index contact_email on contact (email_key);
create index contact_phone on contact (phone_key);

create table lead (
  id uuid primary key,
  niche_id uuid not null,                -- its form's, which is checked, and with it the niche
  market_id uuid not null references market,
  contact_id uuid not null references contact,
  schema_version integer not null,
  form_data jsonb not null check (jsonb_typeof(form_data) = 'object'),
  facts jsonb not null check (jsonb_typeof(facts) = 'object'),  -- what filters see: form data + zip, city, county, quality, ...
  status text not null default 'pending_confirmation' check (status in
    ('pending_confirmation', 'pending_approval', 'approved', 'rejected', 'expired', 'duplicate', 'quarantined',
     'withdrawn', 'sold_out', 'closed', 'erased')),
  source text not null default 'form' check (source in ('form', 'api', 'partner', 'connector')),
  attribution jsonb not null default '{}',
  partner_id uuid references partner,    -- who sent it and earns a share of its sales (SPEC 6.7)
  partner_share_percent numeric(5, 2) check (partner_share_percent between 0 and 100),  -- agreed on for this lead; null: the partner's
  zip text not null,
  location geometry(Point, 4326),        -- the true point; null once erased
  location_source text check (location_source in ('pin', 'geocoder', 'zip')),
  accuracy_m integer check (accuracy_m >= 0),
  public_location geometry(Point, 4326) not null,
  text_key text,                         -- keyed hash of the long free text: the same words sent twice are seen
  duplicate_of uuid references lead,
  do_not_sell boolean not null default false,
  fraud numeric(4, 3) check (fraud between 0 and 1),
  quality numeric(5, 2) check (quality between 0 and 100),
  submitted_ip inet,
  submitted_at timestamptz not null,
  confirmed_at timestamptz,
  confirmed_ip inet,
  confirmed_agent text,
  reviewed_at timestamptz,
  reviewed_by uuid,
  review_note text,
  verdict text check (verdict in ('approved', 'rejected')),  -- the last one, kept when the status moves on
  closed_at timestamptz,
  updated_at timestamptz not null,
  check ((status = 'duplicate') <= (duplicate_of is not null)),
  foreign key (niche_id, schema_version) references form_schema (niche_id, version)
);
create index lead_queue on lead (status, id) where status in ('pending_confirmation', 'pending_approval', 'quarantined');
create index lead_niche_market on lead (niche_id, market_id, id desc);
create index lead_contact on lead (contact_id);
create index lead_partner on lead (partner_id, id) where partner_id is not null;
create index lead_submitted_ip on lead (submitted_ip, id) where submitted_ip is not null;
create index lead_text on lead (text_key) where text_key is not null;
create index lead_reviewed on lead (reviewed_at) where reviewed_at is not null;
create index lead_duplicates on lead (duplicate_of) where duplicate_of is not null;

-- The one transition table, mirrored from core/leads/lifecycle.py (SPEC 2.7).
-- The steps that a lead may take from one status to another (SPEC 2.7).
create table lead_transition (old_status text not null, new_status text not null, primary key (old_status, new_status));
insert into lead_transition (old_status, new_status) values
  ('pending_confirmation', 'pending_approval'), ('pending_confirmation', 'expired'), ('pending_confirmation', 'duplicate'),
  ('pending_confirmation', 'quarantined'), ('pending_confirmation', 'withdrawn'), ('pending_confirmation', 'erased'),
  ('pending_approval', 'approved'), ('pending_approval', 'rejected'), ('pending_approval', 'duplicate'),
  ('pending_approval', 'quarantined'), ('pending_approval', 'withdrawn'), ('pending_approval', 'erased'),
  ('approved', 'sold_out'), ('approved', 'closed'), ('approved', 'quarantined'), ('approved', 'withdrawn'), ('approved', 'erased'),
  ('quarantined', 'pending_confirmation'), ('quarantined', 'pending_approval'), ('quarantined', 'rejected'),
  ('quarantined', 'duplicate'), ('quarantined', 'withdrawn'), ('quarantined', 'erased'),
  ('sold_out', 'closed'), ('sold_out', 'withdrawn'), ('sold_out', 'erased'),
  ('closed', 'withdrawn'), ('closed', 'erased'),
  ('duplicate', 'withdrawn'), ('duplicate', 'erased'),
  ('rejected', 'erased'), ('expired', 'erased'), ('withdrawn', 'erased');
create function check_lead_transition() returns trigger language plpgsql as $$
begin
  if not exists (select from lead_transition t where t.old_status = old.status and t.new_status = new.status) then
    raise exception 'lead %: % -> % is not a legal step', old.id, old.status, new.status using errcode = 'check_violation';
  end if;
  if new.status in ('approved', 'rejected') then
    new.verdict := new.status;
  end if;
  return new;
end $$;
create trigger lead_transition_check before update of status on lead for each row
  when (old.status is distinct from new.status) execute function check_lead_transition();

-- A live lead owns its identity keys in its niche until `held_until`, 90 days on: the second one can't have them
-- (SPEC 2.6). One row per key, taken over when its time is up; a unique key, because checking an exclusion
-- constraint over time ranges cost more than all the other rows of a request together.
create table lead_identity (
  niche_id uuid not null,                -- the lead's own
  key text not null,                     -- 'email:<hash>', 'phone:<hash>', 'address:<hash>'
  lead_id uuid not null references lead,
  held_until timestamptz not null,
  primary key (niche_id, key)
);
create index lead_identity_lead on lead_identity (lead_id);

create table lead_token (
  id uuid primary key,
  lead_id uuid not null references lead,
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  replaced_at timestamptz
);
create index lead_token_lead on lead_token (lead_id, id);

create table consent_event (
  id uuid primary key,
  lead_id uuid not null references lead,
  event text not null check (event in ('given', 'revoked')),
  wording text not null,
  wording_version text not null,
  sellers text[] not null default '{}',
  channels text[] not null default '{}',
  ip inet,
  user_agent text,
  page_url text,
  certificate_url text,
  at timestamptz not null,
  recorded_xid xid8 not null default pg_current_xact_id()
);
create index consent_event_lead on consent_event (lead_id, id);
create index consent_event_unsealed on consent_event (recorded_xid);
call make_append_only('consent_event');

-- Lists of people nobody may contact. The internal one is ours and never ages; uploaded ones do (SPEC 2.5).
create table do_not_contact_list (
  name text primary key check (name <> 'internal'),
  list_date date not null,
  uploaded_at timestamptz not null,
  uploaded_by uuid not null
);

create table do_not_contact (
  key text not null check (key ~ '^(email|phone):[0-9a-f]{64}$'),
  list_name text not null default 'internal',
  reason text not null default '',
  added_at timestamptz not null,
  added_by uuid not null,
  primary key (key, list_name)
);
create index do_not_contact_list_rows on do_not_contact (list_name);

-- Why a lead may not be sold at this moment, or null when it may: asked at approval and again by every sale
-- (SPEC 2.5). One function, so that engine, marketplace and review can't disagree; in
-- PL/pgSQL, which keeps its plan, because the engine asks for every lead. The policies of that moment are one look into
-- the key of policy_period (36_policies.sql).
create function lead_sale_refusal(wanted uuid, at timestamptz) returns text language plpgsql stable as $$
begin
  return (select case
    -- A connector's lead needs a live consent, or a source whose permission lets us sell (25_sourcing.sql); nobody
    -- needs to have consented to be sold by permission, but nobody who took consent back is sold.
    when l.source = 'connector' and source_sale_refusal(l.id, at) in ('source_may_not_sell', 'test_record')
      then source_sale_refusal(l.id, at)
    when case consent.event
           when 'given' then false
           when 'revoked' then true
           else l.source <> 'connector' or source_sale_refusal(l.id, at) is not null end then 'no_consent'
    when l.do_not_sell then 'do_not_sell'
    when consent.given_at < at - make_interval(days => rules.consent_days) then 'consent_too_old'
    when rules.consent_phone = 1 and not coalesce(consent.channels @> '{phone}', false) then 'consent_without_phone'
    when l.submitted_at < at - make_interval(days => rules.resale_days) then 'resale_over'
    when exists (select from do_not_contact d where d.key = any (c.block_keys)) then 'do_not_contact'
    when exists (
      select from do_not_contact_list
      where list_date < at::date - coalesce(rules.list_age_days,
                                            (select value::text::integer from threshold where key = 'list_age_days'), 31)
    ) then 'do_not_contact_stale'
  end
  from lead l join contact c on c.id = l.contact_id
  left join lateral (select e.event, e.at as given_at, e.channels from consent_event e where e.lead_id = l.id order by e.id desc limit 1) consent on true
  left join lateral (
    select p.* from policy_period p
     where p.niche_id = l.niche_id
       and p.state = coalesce((select z.state from market_zip z where z.zip = l.zip), (select m.state from market m where m.id = l.market_id))
       and p.from_at <= at order by p.from_at desc limit 1) rules on true
  where l.id = wanted);
end $$;
