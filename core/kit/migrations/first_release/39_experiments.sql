-- Trials of prices: the price model in force against the written rule, by listing (SPEC 10.6, docs/adr/0025).
create table price_trial (
  id uuid primary key,
  name text not null check (length(name) between 3 and 100),
  version text not null,                 -- of the price model that is tried, such as price-3
  model_percent integer not null check (model_percent between 10 and 90),
  window_days integer not null check (window_days between 1 and 30),
  planned integer not null check (planned between 100 and 1000000),  -- listings at which the test is sharpest
  started_by uuid not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  winner text check (winner in ('model', 'rule')),
  reason text check (reason in ('better', 'worse', 'guard', 'time', 'stopped', 'superseded')),
  memo text not null default '',
  figures jsonb not null default '{}' check (jsonb_typeof(figures) = 'object'),  -- as they were at its end
  check ((ended_at is null) = (reason is null)),
  check ((winner is null) or reason in ('better', 'worse', 'guard'))
);
create unique index price_trial_one on price_trial ((true)) where ended_at is null;  -- one at a time
create index price_trial_of_version on price_trial (version, id desc);

-- Which way prices a listing, for as long as it is on sale; drawn once, when it is priced first.
create table price_trial_listing (
  lead_id uuid primary key references listing,
  trial_id uuid not null references price_trial,
  arm text not null check (arm in ('model', 'rule')),
  at timestamptz not null
);
create index price_trial_listing_of on price_trial_listing (trial_id, arm);
call make_append_only('price_trial_listing');
