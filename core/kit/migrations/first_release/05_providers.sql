-- Who buys, and what they want (SPEC 4).
create table provider (
  id uuid primary key,
  company_name text not null check (length(company_name) between 1 and 200),
  status text not null default 'pending' check (status in ('pending', 'active', 'suspended', 'deactivated')),
  status_reason text,
  phone text,
  website text,
  about text not null default '',
  profile_completed_at timestamptz,
  activated_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index provider_company on provider using gin (company_name gin_trgm_ops);

create table provider_interest (         -- niches and markets named at registration
  provider_id uuid not null references provider,
  niche_id uuid not null references niche,
  market_id uuid not null references market,
  primary key (provider_id, niche_id, market_id)
);

create table subscription (
  id uuid primary key,
  provider_id uuid not null references provider,
  level_id uuid not null,
  niche_id uuid not null references niche,
  status text not null default 'inactive' check (status in ('active', 'paused', 'inactive', 'ended')),
  inactive_reason text check (inactive_reason in ('insufficient_balance', 'level_inactive', 'provider_suspended')),
  filter_rules jsonb not null default '{"all": []}' check (jsonb_typeof(filter_rules) = 'object'),
  filter_compiled jsonpath,              -- null: no filter, every lead matches
  filter_valid boolean not null default true,
  filter_version integer not null default 1,
  cap_leads_day integer check (cap_leads_day > 0),
  cap_leads_week integer check (cap_leads_week > 0),
  cap_leads_month integer check (cap_leads_month > 0),
  cap_spend_day_cents bigint check (cap_spend_day_cents > 0),
  cap_spend_week_cents bigint check (cap_spend_week_cents > 0),
  cap_spend_month_cents bigint check (cap_spend_month_cents > 0),
  delivery_hours jsonb,                  -- null: always; else {"mon": ["08:00", "18:00"], ...} in the lead's market time
  last_received_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  foreign key (level_id, niche_id) references competition_level (id, niche_id),
  check ((status = 'ended') = (ended_at is not null)),
  check ((status = 'inactive') = (inactive_reason is not null))
);
create unique index subscription_one_live on subscription (provider_id, level_id) where ended_at is null;
create index subscription_turn on subscription (level_id, last_received_at nulls first, provider_id) where status = 'active';
create index subscription_provider on subscription (provider_id);

-- What a subscription has received in the running day, week and month of its market (SPEC 4.8).
create table subscription_usage (
  subscription_id uuid not null references subscription,
  period text not null check (period in ('day', 'week', 'month')),
  starts_on date not null,
  leads integer not null default 0 check (leads >= 0),
  spent_cents bigint not null default 0 check (spent_cents >= 0),
  primary key (subscription_id, period, starts_on)
);

create table filter_change (
  id uuid primary key,
  subscription_id uuid not null references subscription,
  old_rules jsonb not null,
  new_rules jsonb not null,
  actor_id uuid not null,
  at timestamptz not null
);
create index filter_change_subscription on filter_change (subscription_id, id);
call make_append_only('filter_change');

create table service_area (
  id uuid primary key,
  provider_id uuid not null references provider,
  name text not null,
  kind text not null check (kind in ('polygon', 'circle', 'zips', 'county', 'market')),
  definition jsonb not null,             -- what the person entered: points, centre + radius, ZIPs, names
  shape geometry(MultiPolygon, 4326) not null check (ST_IsValid(shape)),
  created_at timestamptz not null
);
create index service_area_provider on service_area (provider_id);

-- One compiled area per provider, kept by a trigger-free core verb; no row: everywhere.
create table provider_area (
  provider_id uuid primary key references provider,
  shape geometry(MultiPolygon, 4326) not null
);

create table notification_preference (
  provider_id uuid not null references provider,
  template_key text not null,
  enabled boolean not null,
  primary key (provider_id, template_key)
);
