-- The one place sales take from: slots, listings, assignments (SPEC 5.2, 5.3, 9).
create table slot (
  lead_id uuid not null references lead,
  slot_no smallint not null check (slot_no >= 1),
  state text not null default 'free' check (state in ('free', 'held', 'sold', 'void')),
  provider_id uuid references provider,
  expires_at timestamptz,
  quote jsonb,
  primary key (lead_id, slot_no),
  unique (lead_id, provider_id),
  check ((state in ('held', 'sold')) = (provider_id is not null)),
  check ((state = 'held') = (expires_at is not null))
);

create table listing (
  lead_id uuid primary key references lead,
  state text not null default 'open' check (state in ('open', 'closed')),
  opened_at timestamptz not null,
  closes_at timestamptz not null,
  price_floor_cents bigint not null default 0 check (price_floor_cents >= 0)  -- lowest distribution price paid (SPEC 9.4)
);

create table assignment (
  id uuid primary key,
  lead_id uuid not null references lead,
  provider_id uuid not null references provider,
  slot_no smallint not null,
  channel text not null check (channel in ('distribution', 'marketplace')),
  niche_id uuid not null references niche,
  level_id uuid references competition_level,
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
  unique (lead_id, provider_id),
  unique (lead_id, slot_no),
  foreign key (lead_id, slot_no) references slot (lead_id, slot_no),
  check ((price_cents = 0) = (transfer_id is null)),
  check ((channel = 'distribution') = (subscription_id is not null)),
  check ((decision is null) = (decided_at is null)),
  check (decision is distinct from 'rejected' or reject_reason is not null)
);
create index assignment_inbox on assignment (provider_id, id desc);
create index assignment_level on assignment (level_id, id desc);
