-- The one place sales take from: slots, listings, assignments (SPEC 5.2, 5.3, 9).

-- One sale that a lead allows. All slots of a lead are opened at once, as many as its niche's cap says then, so
-- a lead can't be sold more often than that; a provider can't have two.
create table slot (
  lead_id uuid not null references lead,
  slot_no smallint not null check (slot_no between 1 and 100),
  state text not null default 'free' check (state in ('free', 'held', 'sold', 'void')),
  provider_id uuid references provider,
  expires_at timestamptz,
  quote jsonb,                           -- of a hold: its price with the lines that make it (SPEC 9.2)
  held_at timestamptz,
  extended_at timestamptz,               -- a hold is extended once
  primary key (lead_id, slot_no),
  constraint slot_of_provider unique (lead_id, provider_id),
  check ((state in ('held', 'sold')) = (provider_id is not null)),
  check ((state = 'held') = (expires_at is not null)),
  check (state = 'held' or (quote is null and held_at is null and extended_at is null))
);

create table listing (
  lead_id uuid primary key references lead,
  state text not null default 'open' check (state in ('open', 'closed')),
  opened_at timestamptz not null,
  closes_at timestamptz not null check (closes_at > opened_at),
  closed_at timestamptz,
  price_floor_cents bigint not null default 0 check (price_floor_cents >= 0),  -- lowest distribution price paid (SPEC 9.4)
  price_cents bigint check (price_cents > 0),
  receipt jsonb,                         -- the lines that sum to the price, its bounds, the rule that made it
  priced_at timestamptz,
  check ((price_cents is null) = (receipt is null) and (receipt is null) = (priced_at is null)),
  check ((state = 'closed') = (closed_at is not null))
);
create index listing_due on listing (closes_at) where state = 'open';
create index listing_price_due on listing (priced_at nulls first, lead_id) where state = 'open';

-- One lead delivered to one provider and paid for. It hangs on the slot that this provider has of this lead: no
-- slot, no assignment, and only one of each. Lead and provider are known through the slot, the niche through the level.
create table assignment (
  id uuid primary key,
  lead_id uuid not null,
  provider_id uuid not null,
  slot_no smallint not null,
  channel text not null check (channel in ('distribution', 'marketplace')),
  niche_id uuid not null,
  level_id uuid,
  subscription_id uuid references subscription,
  run_id uuid,
  price_cents bigint not null check (price_cents >= 0),
  transfer_id uuid references transfer,
  assigned_at timestamptz not null,
  viewed_at timestamptz,
  decision text check (decision in ('accepted', 'rejected')),
  decided_at timestamptz,
  reject_reason text,
  outcome text check (outcome in ('contacted', 'appointment', 'won', 'lost')),
  outcome_value_cents bigint check (outcome_value_cents >= 0),
  outcome_at timestamptz,
  rating smallint check (rating between 1 and 5),
  notes text not null default '',
  refunded_at timestamptz,
  receipt jsonb,                         -- of a purchase: the lines that made its price, as they were held
  search_bits bit(256),                  -- those of the lead's contact; null: unknown, or erased with it
  constraint assignment_once unique (lead_id, provider_id),
  constraint assignment_slot foreign key (lead_id, provider_id) references slot (lead_id, provider_id),
  constraint assignment_level foreign key (level_id, niche_id) references competition_level (id, niche_id),
  check ((price_cents = 0) = (transfer_id is null)),
  check ((channel = 'distribution') = (subscription_id is not null)),
  check ((channel = 'distribution') <= (level_id is not null)),
  check (channel = 'marketplace' or receipt is null),
  check ((decision is null) = (decided_at is null)),
  check (decision is distinct from 'rejected' or reject_reason is not null)
);
-- A search of the inbox walks a provider's own entries of this index; the contacts are read only where the bits fit.
create index assignment_inbox on assignment (provider_id, id desc) include (lead_id, search_bits);
create index assignment_refunded on assignment (provider_id, id desc) where refunded_at is not null;

-- What is derived from a contact goes when the contact does, and changes with it (SPEC 13.6).
create function follow_contact() returns trigger language plpgsql as $$
begin
  update assignment a set search_bits = new.search_bits from lead l where l.contact_id = new.id and a.lead_id = l.id;
  return null;
end $$;
create trigger follow_contact after update of email, phone on contact for each row
  when (old.search_bits is distinct from new.search_bits) execute function follow_contact();
create index assignment_of_level on assignment (level_id, id desc);

-- Puts a lead's free slots on sale, or leaves the listing that stands; what distribution got for the lead is its floor.
create function open_listing(of_lead uuid, days smallint, moment timestamptz) returns void language sql as $$
  insert into listing (lead_id, opened_at, closes_at, price_floor_cents)
  select of_lead, moment, moment + make_interval(days => days), coalesce(min(price_cents), 0)
    from assignment where lead_id = of_lead and channel = 'distribution'
  on conflict (lead_id) do update set price_floor_cents = excluded.price_floor_cents
$$;

-- How many slots a lead gets: the niche's cap, but no more buyers than the consumer was told of. Our consent texts
-- carry that number in their version, such as 2026-11.5.
create function slots_allowed(of_lead uuid, cap smallint) returns smallint language plpgsql stable as $$
begin
  return least(cap, (select substring(c.wording_version from '^[0-9]{4}-[0-9]{2}[.]([1-9][0-9]?|100)$')::smallint
                       from consent_event c where c.lead_id = of_lead and c.event = 'given' order by c.id desc limit 1));
end $$;

-- What companies wrote about a person goes with the person, whoever asks for it; that they rejected the lead stays (SPEC 13.6).
create function forget_notes() returns trigger language plpgsql as $$
begin
  update assignment set notes = '', reject_reason = case when reject_reason is not null then 'Erased with the person.' end
   where lead_id = new.id and (notes <> '' or reject_reason is not null);
  return null;
end $$;
create trigger lead_erased_forget_notes after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function forget_notes();
