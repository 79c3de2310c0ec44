-- Niches, the versions of their forms and their competition levels (SPEC 2.1, 4.1).
create table niche (
  id uuid primary key,
  name text not null unique check (length(name) between 1 and 100),
  slug text not null unique check (slug ~ '^[a-z0-9-]+$'),
  description text not null default '',
  status text not null default 'open' check (status in ('open', 'closed')),
  max_providers smallint not null check (max_providers between 1 and 100),
  listing_days smallint not null default 30 check (listing_days between 1 and 365),
  auto_approve boolean not null default false,
  auto_approve_min_quality smallint not null default 80 check (auto_approve_min_quality between 0 and 100),
  auto_approve_max_fraud numeric(4, 3) not null default 0.200 check (auto_approve_max_fraud between 0 and 1),
  claim_auto_credit boolean not null default false,  -- a bad-lead report nobody answers in time is credited (SPEC 7.4)
  schema_version integer not null default 1,
  created_at timestamptz not null
);

create table form_schema (
  niche_id uuid not null references niche,
  version integer not null check (version >= 1),
  schema jsonb not null check (jsonb_typeof(schema) = 'object' and jsonb_typeof(schema -> 'fields') = 'array'),
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (niche_id, version)
);
call make_append_only('form_schema');

create table competition_level (
  id uuid primary key,
  niche_id uuid not null references niche,
  name text not null check (length(name) between 1 and 100),
  description text not null default '',
  price_cents bigint not null check (price_cents >= 0),
  max_recipients smallint not null check (max_recipients between 1 and 100),
  position smallint not null check (position >= 1),
  active boolean not null default true,
  exclusive boolean not null default false,
  rotation text not null default 'longest_wait' check (rotation in ('longest_wait', 'largest_deficit')),  -- whose turn it is (SPEC 5.2, 5.7)
  -- An announced rise: the price from that moment on, for those who subscribed before the announcement too.
  next_price_cents bigint,
  next_price_at timestamptz,
  next_price_since timestamptz,          -- when it was announced
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (next_price_cents > price_cents),
  check ((next_price_cents is null) = (next_price_at is null) and (next_price_at is null) = (next_price_since is null)),
  unique (niche_id, name),
  constraint competition_level_position unique (niche_id, position) deferrable initially immediate,
  unique (id, niche_id)
);

create index competition_level_due on competition_level (next_price_at) where next_price_at is not null;

-- Providers who take an announced price at once (SPEC 4.1); emptied when the announcement is over. No foreign
-- key to provider: that chapter stands above this one.
create table price_consent (
  level_id uuid not null references competition_level on delete cascade,
  provider_id uuid not null,
  price_cents bigint not null,
  consented_at timestamptz not null,
  primary key (level_id, provider_id)
);

-- The rotating pointer of a niche: how many runs have claimed a start level (SPEC 5.1), and the time of
-- the last turn, so that two turns never carry the same instant.
create table niche_turn (
  niche_id uuid primary key references niche,
  turns bigint not null default 0,
  last_turn_at timestamptz not null default '-infinity'
);
