-- Sources, what each may be used for, their runs, and every record exactly as it came (SPEC 8.1 to 8.4).

create table source (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60),
  name text not null check (length(name) between 1 and 100),
  kind text not null check (kind ~ '^[a-z][a-z_]*$'),
  niche_id uuid references niche,        -- what its records ask for, unless they say so themselves
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  reading jsonb not null default '{}' check (jsonb_typeof(reading) = 'object'),  -- how its records become answers of the form
  secrets bytea,                         -- encrypted as a whole; only its names are ever shown
  status text not null default 'active' check (status in ('active', 'paused', 'retired')),
  every_minutes integer check (every_minutes between 1 and 43200),  -- null: it pushes, or a person runs it
  next_run_at timestamptz,
  cursor jsonb,                          -- where to go on; moves in the transaction of the records before it
  failures integer not null default 0 check (failures >= 0),        -- in a row
  paused_until timestamptz,              -- the circuit breaker: not asked again before
  last_error text,
  last_ok_at timestamptz,
  last_record_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index source_due on source (next_run_at) where status = 'active' and next_run_at is not null;

-- What somebody found a source may be used for, and on what ground. The newest row counts; older ones stay.
create table source_permission (
  id uuid primary key,
  source_id uuid not null references source,
  decision text not null check (decision in ('granted', 'denied')),
  may_enrich boolean not null,
  may_price boolean not null,
  -- 'with_consent': only leads that bring their consumer's own consent; 'allowed': the licence itself lets us sell.
  may_sell text not null check (may_sell in ('never', 'with_consent', 'allowed')),
  licence text not null check (length(licence) between 1 and 2000),   -- which contract or terms, in words
  terms_url text,
  evidence text not null check (length(evidence) between 1 and 2000), -- where the proof lies
  robots_verdict text check (robots_verdict in ('allowed', 'disallowed', 'absent')),
  robots_at timestamptz,
  robots_hash bytea check (length(robots_hash) = 32),
  valid_until timestamptz,
  reviewer_id uuid not null references user_account,
  decided_at timestamptz not null,
  check (decision = 'granted' or not (may_enrich or may_price or may_sell <> 'never')),
  check ((robots_verdict is null) = (robots_at is null)),
  constraint robots_obeyed check (decision = 'denied' or robots_verdict is distinct from 'disallowed')
);
create index source_permission_newest on source_permission (source_id, id desc);
call make_append_only('source_permission');

-- What a source may be used for at a moment: its newest permission while it is granted and has not run out.
create function live_permission(of_source uuid, at timestamptz) returns source_permission language sql stable as $$
  select newest from (select p from source_permission p where p.source_id = of_source order by p.id desc limit 1) as found (newest)
   where (newest).decision = 'granted' and ((newest).valid_until is null or (newest).valid_until > at)
$$;

create table source_run (
  id uuid primary key,
  source_id uuid not null references source,
  cause text not null check (cause in ('schedule', 'person', 'push', 'upload', 'replay')),
  asked_by uuid not null,
  job_id uuid,                           -- the job that carries it out, when one does
  started_at timestamptz not null,
  seen_at timestamptz not null,          -- its last sign of life
  finished_at timestamptz,
  state text not null default 'running' check (state in ('running', 'done', 'failed', 'abandoned')),
  fetched bigint not null default 0,
  fresh bigint not null default 0,       -- became leads
  changed bigint not null default 0,
  duplicates bigint not null default 0,
  in_review bigint not null default 0,   -- leads that a person should compare with another one
  unchanged bigint not null default 0,
  kept bigint not null default 0,        -- for enriching and pricing only, tests among them
  quarantined bigint not null default 0,
  withdrawn bigint not null default 0,
  expected bigint check (expected >= 0), -- how many there will be, when the source says so
  error text,
  check ((state = 'running') = (finished_at is null)),
  unique (id, source_id)                 -- what its records refer to
);
create index source_run_newest on source_run (source_id, id desc);
-- One walk through a source at a time; what is pushed or uploaded comes beside it.
create unique index source_run_one on source_run (source_id) where state = 'running' and cause in ('schedule', 'person');

create table raw_record (
  id uuid primary key,
  source_id uuid not null,               -- its run's
  record_id text not null check (length(record_id) between 1 and 500),
  version text not null check (length(version) between 1 and 200),
  run_id uuid not null,
  content bytea,                         -- encrypted; gone once the person is erased
  content_hash bytea not null check (length(content_hash) = 32),     -- SHA-256 of what came
  content_bytes integer not null check (content_bytes >= 0),
  media_type text not null,
  url text,
  fetched_at timestamptz not null,
  received_at timestamptz not null,
  gone boolean not null,
  test boolean not null,
  outcome text not null check (outcome in
    ('fresh', 'changed', 'duplicate', 'unchanged', 'kept', 'test', 'withdrawn', 'stale', 'quarantined', 'discarded')),
  lead_id uuid references lead,
  erased_at timestamptz,
  constraint raw_record_once unique (source_id, record_id, version),
  foreign key (run_id, source_id) references source_run (id, source_id)
);
create index raw_record_newest on raw_record (source_id, id desc);
create index raw_record_repeats on raw_record (id desc) where outcome = 'duplicate';  -- merged on arrival, the newest first
create index raw_record_content on raw_record (id) where content is not null;  -- whose content's time comes (SPEC 13.6)
create index raw_record_lead on raw_record (lead_id) where lead_id is not null;

-- What became of a record, as of its newest version. The founder is the record that its lead was made from.
create table source_record (
  source_id uuid not null references source,
  record_id text not null,
  lead_id uuid references lead,
  founder boolean not null,
  holder text not null check (holder in ('consumer', 'owner', 'agent')),
  test boolean not null,
  said_at timestamptz not null,          -- when the source said it: what is older changes nothing
  gone_at timestamptz,
  updated_at timestamptz not null,
  primary key (source_id, record_id),
  check (not founder or lead_id is not null)
);
create unique index source_record_founder on source_record (lead_id) where founder;
create index source_record_founded on source_record (source_id, lead_id desc) where founder;  -- the newest leads of a source
create index source_record_lead on source_record (lead_id) where lead_id is not null and not founder;

create table quarantine_entry (
  id uuid primary key,
  raw_id uuid not null references raw_record,
  source_id uuid not null references source,
  reasons jsonb not null check (jsonb_typeof(reasons) = 'array'),    -- [{"code", "field", "message"}], no contact data
  person_keys text[] not null default '{}',  -- hashed mailbox and phone, so that a person who is erased is found here too
  fix bytea,                             -- encrypted: what a person corrected, by field
  state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  entered_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  note text,
  check ((state = 'open') = (decided_at is null))
);
create unique index quarantine_entry_open on quarantine_entry (raw_id) where state = 'open';
create index quarantine_entry_person on quarantine_entry using gin (person_keys);
create index quarantine_entry_waiting on quarantine_entry (source_id, id) where state = 'open';

-- What a source costs us (SPEC 8.6).
create table source_cost (
  id uuid primary key,
  source_id uuid not null references source,
  kind text not null check (kind in ('monthly', 'per_lead', 'once')),
  amount_cents bigint not null check (amount_cents > 0),
  starts_on date not null,
  ends_on date check (ends_on >= starts_on),
  note text not null default '',
  entered_by uuid not null,
  entered_at timestamptz not null,
  check (kind <> 'once' or ends_on is null)
);
create index source_cost_source on source_cost (source_id, starts_on);

-- Sold leads looked at again (SPEC 8.6).
create table lead_recheck (
  lead_id uuid not null references lead,
  checked_at timestamptz not null,
  ok boolean not null,
  reasons text[] not null default '{}',
  primary key (lead_id, checked_at),
  check (ok = (reasons = '{}'))
);
create index lead_recheck_failed on lead_recheck (lead_id) where not ok;

-- Who is erased is erased here too, whoever asks for it: what records said, corrections, copies in the quarantine
-- (SPEC 13.6). Ids, versions and hashes stay, so that the same record does not come in again.
create function erase_raw_records() returns trigger language plpgsql as $$
begin
  with person as (select c.block_keys from contact c where c.id = new.contact_id),
       mine as (select r.id from raw_record r where r.lead_id = new.id
                union select r.id from source_record s join raw_record r using (source_id, record_id) where s.lead_id = new.id
                union select q.raw_id from quarantine_entry q, person p where q.person_keys && p.block_keys),
       emptied as (update raw_record r set content = null, url = null, erased_at = new.updated_at
                    from mine where r.id = mine.id and r.erased_at is null)
  update quarantine_entry q set fix = null, note = null, person_keys = '{}' from mine where q.raw_id = mine.id;
  return null;
end $$;
create trigger erase_raw_records after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function erase_raw_records();

-- No permission, no run and no record, whoever writes them (SPEC 8.2).
create function refuse_unpermitted_run() returns trigger language plpgsql as $$
begin
  if live_permission(new.source_id, new.started_at) is null then
    raise exception 'source % has no permission to be used', new.source_id using errcode = 'check_violation', constraint = 'source_permitted';
  end if;
  return new;
end $$;
create trigger source_permitted before insert on source_run for each row execute function refuse_unpermitted_run();
create function refuse_unpermitted_records() returns trigger language plpgsql as $$
begin
  if exists (select from (select source_id, max(received_at) as at from given group by source_id) g
              where live_permission(g.source_id, g.at) is null) then
    raise exception 'a source has no permission to be used' using errcode = 'check_violation', constraint = 'source_permitted';
  end if;
  return null;
end $$;
create trigger source_permitted after insert on raw_record referencing new table as given
  for each statement execute function refuse_unpermitted_records();

-- Whether the source that a lead was made from lets it be sold: null when it does, whatever consent there is.
-- 'no_consent' leaves the answer to the consumer's own consent.
create function source_sale_refusal(of_lead uuid, at timestamptz) returns text language sql stable as $$
  select case when r.test then 'test_record'
              when p.may_sell = 'allowed' then null
              when p.may_sell = 'with_consent' then 'no_consent'
              else 'source_may_not_sell' end
    from (select 1) one
    left join source_record r on r.lead_id = of_lead and r.founder
    left join lateral live_permission(r.source_id, at) p on true
$$;

-- A lead of a source that may not be sold gets neither a listing nor a buyer, whatever the Python says.
create function refuse_unsellable() returns trigger language plpgsql as $$
declare refused uuid;
begin
  if exists (select from made m join source_record r on r.lead_id = m.lead_id and r.founder) then
    select m.lead_id into refused from made m
     where exists (select from source_record r where r.lead_id = m.lead_id and r.founder)
       and lead_sale_refusal(m.lead_id, (to_jsonb(m) ->> tg_argv[0])::timestamptz) in ('source_may_not_sell', 'test_record', 'no_consent')
     limit 1;
  end if;
  if refused is not null then
    raise exception 'lead %: its source does not let it be sold', refused
      using errcode = 'check_violation', constraint = 'source_lets_sell';
  end if;
  return null;
end $$;
create trigger source_lets_sell after insert on listing referencing new table as made
  for each statement execute function refuse_unsellable('opened_at');
create trigger source_lets_sell after insert on assignment referencing new table as made
  for each statement execute function refuse_unsellable('assigned_at');

-- What a source cost over days: a month's price by the day, a lead's price for each lead it founded then, by the day of
-- the lead's market, what was paid once on its day; cents, rounded where they are shown (SPEC 8.6).
create function source_cost_cents(of_source uuid, since date, until date) returns numeric language sql stable as $$
  select coalesce(sum(case c.kind
    when 'monthly' then c.amount_cents * (
      select coalesce(sum(1.0 / extract(day from date_trunc('month', d) + interval '1 month - 1 day')), 0)
        from generate_series(greatest(since, c.starts_on)::timestamp, least(until, coalesce(c.ends_on, until))::timestamp, interval '1 day') d)
    when 'per_lead' then c.amount_cents * (
      select count(*) from source_record r join lead l on l.id = r.lead_id
        join market m on m.id = l.market_id
       where r.source_id = of_source and r.founder and l.submitted_at >= report_day_began(greatest(since, c.starts_on))
         and l.submitted_at < report_day_ended(least(until, coalesce(c.ends_on, until)))
         and (l.submitted_at at time zone m.timezone)::date between greatest(since, c.starts_on) and least(until, coalesce(c.ends_on, until)))
    else case when c.starts_on between since and until then c.amount_cents else 0 end end), 0)
    from source_cost c where c.source_id = of_source and c.starts_on <= until and coalesce(c.ends_on, until) >= since
$$;
