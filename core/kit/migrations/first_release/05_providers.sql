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
  filter_compiled jsonpath,              -- null: no filter, every lead matches; else: lead.facts @@ filter_compiled
  filter_valid boolean not null default true,
  filter_version integer not null default 1,
  cap_leads_day integer check (cap_leads_day > 0),
  cap_leads_week integer check (cap_leads_week > 0),
  cap_leads_month integer check (cap_leads_month > 0),
  cap_spend_day_cents bigint check (cap_spend_day_cents > 0),
  cap_spend_week_cents bigint check (cap_spend_week_cents > 0),
  cap_spend_month_cents bigint check (cap_spend_month_cents > 0),
  -- null: always; else the open spans per weekday on the clock of the lead's market, such as
  -- {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "tue": []}: a day that is missing is closed, a span
  -- includes its start and not its end, none crosses midnight. within_delivery_hours() below reads it.
  delivery_hours jsonb check (jsonb_typeof(delivery_hours) = 'object'),
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
create index subscription_niche on subscription (niche_id) where ended_at is null;

create function within_delivery_hours(hours jsonb, market_time timestamp) returns boolean language plpgsql stable parallel safe as $$
begin
  return hours is null or exists (
    select from jsonb_array_elements(hours -> (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[extract(isodow from market_time)::int]) span
     where to_char(market_time, 'HH24:MI') >= span ->> 0 and to_char(market_time, 'HH24:MI') < span ->> 1);
end $$;

-- What keeps a live subscription from receiving, or null (SPEC 4.3): the one definition of it.
create function subscription_obstacle(provider_status text, level_active boolean, balance_cents bigint, price_cents bigint)
returns text language sql immutable parallel safe as $$
  select case when provider_status <> 'active' then 'provider_suspended'
              when not level_active then 'level_inactive'
              when balance_cents < price_cents then 'insufficient_balance' end
$$;

-- Makes the subscriptions of one provider that are neither paused nor ended agree with that rule and queues
-- the news of each one that stopped or started. Cheap when nothing changes. The caller holds the wallet's row.
create function settle_subscriptions(of_provider uuid, moment timestamptz)
returns table (subscription_id uuid, change text, reason text) language plpgsql as $$
begin
  return query
  with due as (
    select s.id, s.status as old_status,
           subscription_obstacle(p.status, l.active, w.balance_cents, l.price_cents) as obstacle
      from subscription s
      join provider p on p.id = s.provider_id
      join competition_level l on l.id = s.level_id
      join wallet w on w.provider_id = s.provider_id
     where s.provider_id = of_provider and s.status in ('active', 'inactive')
  ), changed as (
    update subscription s
       set status = case when due.obstacle is null then 'active' else 'inactive' end,
           inactive_reason = due.obstacle, updated_at = moment
      from due where s.id = due.id and s.status = due.old_status and s.inactive_reason is distinct from due.obstacle
    returning s.id, due.old_status, s.status, s.inactive_reason
  ), told as (
    insert into outbox (id, kind, key, payload, run_at, created_at)
    select uuid7(), 'subscription.changed', c.id || ':' || case c.status when 'active' then 'reactivated' else 'deactivated' end,
           jsonb_build_object('subscription_id', c.id, 'change', case c.status when 'active' then 'reactivated' else 'deactivated' end),
           moment, moment
      from changed c where c.status <> c.old_status
    on conflict (kind, key) where state in ('ready', 'taken') do nothing
  )
  select c.id, case when c.status = c.old_status then 'none' when c.status = 'active' then 'reactivated' else 'deactivated' end, c.inactive_reason
    from changed c;
end $$;

-- A level that opens, closes or changes its price moves its subscriptions at once, like a wallet does.
create function settle_subscribers_of_level() returns trigger language plpgsql as $$
declare provider uuid;
begin
  for provider in
    select w.provider_id from wallet w
     where w.provider_id in (select s.provider_id from subscription s where s.level_id = new.id and s.status in ('active', 'inactive'))
     order by w.provider_id for no key update
  loop
    perform settle_subscriptions(provider, new.updated_at);
  end loop;
  return null;
end $$;
create trigger settle_subscribers after update of active, price_cents on competition_level for each row
  when (old.active <> new.active or old.price_cents <> new.price_cents) execute function settle_subscribers_of_level();

-- What a subscription has received on each day of the lead's market; weeks and months are sums of days (SPEC 4.8).
create table subscription_usage (
  subscription_id uuid not null references subscription,
  day date not null,
  leads integer not null default 0 check (leads >= 0),
  spent_cents bigint not null default 0 check (spent_cents >= 0),
  primary key (subscription_id, day)
) with (fillfactor = 70);

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

-- One compiled area per provider: the union of its service areas, made anew by each verb that changes one;
-- no row: everywhere. The engine asks ST_Covers(shape, lead.location).
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
