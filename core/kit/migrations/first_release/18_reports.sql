-- Reports and exports (SPEC 12). What happened is counted per hour, niche and market; pages read the counts, and for
-- the days in which something has happened since they were made, the rows themselves.

create index lead_submitted on lead (submitted_at);
create index lead_confirmed on lead (confirmed_at) where confirmed_at is not null;
create index assignment_assigned on assignment (assigned_at);
-- Runs come in the order of their time: a few bytes per 32 pages say where a day lies.
create index distribution_run_started on distribution_run using brin (started_at) with (pages_per_range = 32, autosummarize = on);
create index transfer_other on transfer (at) include (kind, amount_cents) where kind <> 'lead_charge';

-- What happened in one hour of a market and niche, added up from the trail: what reports and charts are made of.
create table report_hour (
  day date not null,                     -- on the clock of the market, like the hour
  market_id uuid not null,
  niche_id uuid not null,
  at timestamptz not null,
  submitted integer not null, confirmed integer not null, approved integer not null, rejected integer not null,
  distributed integer not null,          -- leads that reached their first provider
  sold integer not null, marketplace integer not null, revenue_cents bigint not null,
  refunds integer not null, refund_cents bigint not null,
  -- What has come of the sales made in this hour, whenever it came:
  viewed integer not null, accepted integer not null, declined integer not null, credited integer not null,
  won integer not null, lost integer not null, won_cents bigint not null, ratings integer not null, stars integer not null,
  primary key (day, market_id, niche_id, at)
);

create table report_wait (               -- how long steps took: `n` of them between 1.05^bin and 1.05^(bin + 1) seconds
  day date not null,
  market_id uuid not null,
  niche_id uuid not null,
  stage text not null check (stage in ('confirm', 'review', 'deliver', 'open', 'answer')),
  bin smallint not null,
  n integer not null,
  primary key (day, market_id, niche_id, stage, bin)
);

-- Everything that transactions below `until_xid` did is in the counts; null: nothing has been counted yet.
create table report_state (
  one boolean primary key default true check (one),
  until_xid xid8,
  folded_at timestamptz
);
insert into report_state default values;

-- Moments whose counts an update has changed. What is only added is found through the trail: every verb records what it
-- did with the moment it did it.
create table report_stale (
  id bigint generated always as identity primary key,
  moment timestamptz not null,
  recorded_xid xid8 not null default pg_current_xact_id()
);
create index report_stale_recorded on report_stale (recorded_xid);

create function note_stale_lead() returns trigger language plpgsql as $$
begin
  insert into report_stale (moment)
  select moment from (
    values (old.submitted_at), (old.confirmed_at), (old.reviewed_at)
    union all select unnest(array[a.assigned_at, a.refunded_at]) from assignment a where a.lead_id = old.id) touched (moment)
   where moment is not null;
  return null;
end $$;
create trigger note_stale_lead after update of submitted_at, confirmed_at, reviewed_at, niche_id, market_id on lead for each row
  when ((old.submitted_at, old.niche_id, old.market_id) is distinct from (new.submitted_at, new.niche_id, new.market_id)
        or old.confirmed_at <> new.confirmed_at or (old.confirmed_at is not null and new.confirmed_at is null)
        or old.reviewed_at <> new.reviewed_at or (old.reviewed_at is not null and new.reviewed_at is null))
  execute function note_stale_lead();

create function note_stale_sale() returns trigger language plpgsql as $$
begin
  insert into report_stale (moment) select moment from (values (old.assigned_at), (new.refunded_at)) m (moment) where moment is not null;
  return null;
end $$;
create trigger note_stale_sale after update of viewed_at, decision, decided_at, outcome, rating, refunded_at on assignment for each row
  when ((old.viewed_at, old.decision, old.decided_at, old.outcome, old.rating, old.refunded_at)
        is distinct from (new.viewed_at, new.decision, new.decided_at, new.outcome, new.rating, new.refunded_at))
  execute function note_stale_sale();

-- A sale's moment is that of its job, which may wait for the lead: when an earlier one comes second, the first sale of the lead is
-- no longer where it was counted.
create function note_late_sale() returns trigger language plpgsql as $$
begin
  insert into report_stale (moment)
  select b.assigned_at from made a join assignment b on b.lead_id = a.lead_id and b.assigned_at > a.assigned_at;
  return null;
end $$;
create trigger note_late_sale after insert on assignment referencing new table as made for each statement execute function note_late_sale();

-- The hour of a moment, sixty minutes long also on the night when a clock is put back: that zone's hours begin when they
-- began on the first of January 2000.
create function report_hour_of(moment timestamptz, zone text) returns timestamptz language sql stable as $$
  select date_bin('1 hour', moment, timestamp '2000-01-01' at time zone zone)
$$;

-- What happened from `since` up to but not including `until`: the one definition of every count. The rows are put
-- together by quarter of an hour first, because asking for a zone's clock costs more than adding.
create function report_events(since timestamptz, until timestamptz) returns setof report_hour language sql stable as $$
  select (q.at at time zone m.timezone)::date, q.market_id, q.niche_id, report_hour_of(q.at, m.timezone),
    sum(submitted)::integer, sum(confirmed)::integer, sum(approved)::integer, sum(rejected)::integer, sum(distributed)::integer,
    sum(sold)::integer, sum(marketplace)::integer, sum(revenue_cents)::bigint, sum(refunds)::integer, sum(refund_cents)::bigint,
    sum(viewed)::integer, sum(accepted)::integer, sum(declined)::integer, sum(credited)::integer,
    sum(won)::integer, sum(lost)::integer, sum(won_cents)::bigint, sum(ratings)::integer, sum(stars)::integer
  from (
    select market_id, niche_id, date_bin('15 minutes', submitted_at, '2000-01-01 00:00+00') as at,
      count(*) as submitted, 0 as confirmed, 0 as approved, 0 as rejected, 0 as distributed, 0 as sold, 0 as marketplace,
      0 as revenue_cents, 0 as refunds, 0 as refund_cents, 0 as viewed, 0 as accepted, 0 as declined, 0 as credited, 0 as won,
      0 as lost, 0 as won_cents, 0 as ratings, 0 as stars
      from lead where submitted_at >= since and submitted_at < until group by 1, 2, 3
    union all
    select market_id, niche_id, date_bin('15 minutes', confirmed_at, '2000-01-01 00:00+00'),
      0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
      from lead where confirmed_at >= since and confirmed_at < until group by 1, 2, 3
    union all
    select market_id, niche_id, date_bin('15 minutes', reviewed_at, '2000-01-01 00:00+00'),
      0, 0, count(*) filter (where coalesce(verdict, status) <> 'rejected'), count(*) filter (where coalesce(verdict, status) = 'rejected'),
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
      from lead where reviewed_at >= since and reviewed_at < until group by 1, 2, 3
    union all
    select l.market_id, a.niche_id, date_bin('15 minutes', a.assigned_at, '2000-01-01 00:00+00'), 0, 0, 0, 0,
      count(*) filter (where not exists (
        select from assignment b where b.lead_id = a.lead_id and (b.assigned_at, b.id) < (a.assigned_at, a.id))),
      count(*), count(*) filter (where a.channel = 'marketplace'), sum(a.price_cents), 0, 0,
      count(a.viewed_at), count(*) filter (where a.decision = 'accepted'), count(*) filter (where a.decision = 'rejected'),
      count(a.refunded_at), count(*) filter (where a.outcome = 'won'), count(*) filter (where a.outcome = 'lost'),
      coalesce(sum(a.price_cents) filter (where a.outcome = 'won' and a.refunded_at is null), 0), count(a.rating), coalesce(sum(a.rating), 0)
      from assignment a join lead l on l.id = a.lead_id
     where a.assigned_at >= since and a.assigned_at < until group by 1, 2, 3
    union all
    select l.market_id, a.niche_id, date_bin('15 minutes', r.at, '2000-01-01 00:00+00'),
      0, 0, 0, 0, 0, 0, 0, 0, count(*), sum(r.amount_cents), 0, 0, 0, 0, 0, 0, 0, 0, 0
      from refund r join assignment a on a.id = r.assignment_id join lead l on l.id = a.lead_id
     where r.at >= since and r.at < until group by 1, 2, 3
  ) q join market m on m.id = q.market_id
  group by 1, 2, 3, 4
$$;

-- How long the steps took that ended from `since` to `until`; opening and answering belong to the hour of the sale.
create function report_waits(since timestamptz, until timestamptz) returns setof report_wait language sql stable as $$
  select (w.at at time zone m.timezone)::date, w.market_id, w.niche_id, w.stage, w.bin, sum(w.n)::integer
  from (
    select market_id, niche_id, stage, date_bin('15 minutes', at, '2000-01-01 00:00+00') as at,
           floor(ln(greatest(extract(epoch from took)::float8, 1)) / ln(1.05::float8))::smallint as bin, count(*) as n
    from (
      select market_id, niche_id, 'confirm' as stage, confirmed_at as at, confirmed_at - submitted_at as took
        from lead where confirmed_at >= since and confirmed_at < until
      union all
      select market_id, niche_id, 'review', reviewed_at, reviewed_at - confirmed_at
        from lead where reviewed_at >= since and reviewed_at < until and confirmed_at is not null
      union all
      select l.market_id, a.niche_id, s.stage, a.assigned_at, s.took
        from assignment a join lead l on l.id = a.lead_id cross join lateral (
          select 'deliver', a.assigned_at - l.reviewed_at where l.reviewed_at is not null and not exists (
            select from assignment b where b.lead_id = a.lead_id and (b.assigned_at, b.id) < (a.assigned_at, a.id))
          union all select 'open', a.viewed_at - a.assigned_at where a.viewed_at is not null
          union all select 'answer', a.decided_at - a.assigned_at where a.decided_at is not null) s (stage, took)
       where a.assigned_at >= since and a.assigned_at < until
    ) step group by 1, 2, 3, 4, 5
  ) w join market m on m.id = w.market_id
  group by 1, 2, 3, 4, 5
$$;

-- The moments between which a date lies, on the clock of any market; in UTC while there is none.
create function report_day_began(day date) returns timestamptz language sql stable as $$
  select coalesce(min(day::timestamp at time zone timezone), day::timestamp at time zone 'UTC') from market
$$;
create function report_day_ended(day date) returns timestamptz language sql stable as $$
  select coalesce(max((day + 1)::timestamp at time zone timezone), (day + 1)::timestamp at time zone 'UTC') from market
$$;

-- Days whose counts were touched by transactions from one to another: in any market's zone, so rather one too many.
create function report_open_days(from_xid xid8, before_xid xid8) returns setof date language sql stable as $$
  with moment as (
    select distinct date_bin('15 minutes', at, '2000-01-01 00:00+00') as at from (
      select at from audit_entry where recorded_xid >= from_xid and recorded_xid < before_xid
      union all select moment from report_stale where recorded_xid >= from_xid and recorded_xid < before_xid) touched)
  select distinct (moment.at at time zone z.timezone)::date from moment, (select distinct timezone from market) z
$$;

-- Likewise the hours touched, for counts that are kept by the hour.
create function report_open_hours(from_xid xid8, before_xid xid8) returns setof timestamptz language sql stable as $$
  with moment as (
    select distinct date_bin('15 minutes', at, '2000-01-01 00:00+00') as at from (
      select at from audit_entry where recorded_xid >= from_xid and recorded_xid < before_xid
      union all select moment from report_stale where recorded_xid >= from_xid and recorded_xid < before_xid) touched)
  select distinct report_hour_of(moment.at, z.timezone) from moment, (select distinct timezone from market) z
$$;

-- Hours that follow each other, put together: few long spans are counted quicker than many hours.
create function report_spans(hours timestamptz[]) returns table (began timestamptz, ended timestamptz) language sql stable as $$
  select min(at), max(at) + interval '1 hour'
    from (select at, at - row_number() over (order by at) * interval '1 hour' as run from unnest(hours) at) hour group by run
$$;

-- What happened in those hours. A span knows whole hours of its own clocks only; another zone's half ones are left out.
create function report_events_of(hours timestamptz[]) returns setof report_hour language sql stable as $$
  select e.* from report_spans(hours) span, lateral report_events(span.began, span.ended) e
   where e.at >= span.began and date_bin('1 hour', e.at, span.began) = e.at
$$;

-- Counts anew what has been touched since the last time, or everything the first time. The position moves to the
-- oldest transaction that still runs: what a younger one did is looked at again by whoever reads, and the next time
-- counted here. Only what differs is written.
create function report_fold(moment timestamptz) returns integer language plpgsql as $$
declare state report_state; horizon xid8; days date[]; hours timestamptz[]; everything boolean;
begin
  select * into state from report_state for update;
  horizon := sealing_horizon();
  everything := state.until_xid is null;
  days := array(select day from report_open_days(coalesce(state.until_xid, '0'), case when everything then '0' else horizon end) day);
  hours := array(select at from report_open_hours(coalesce(state.until_xid, '0'), case when everything then '0' else horizon end) at);
  perform report_recount(everything, days, hours);
  delete from report_stale where recorded_xid < horizon;
  update report_state set until_xid = horizon, folded_at = moment;
  return cardinality(days);
end $$;

create function report_recount(everything boolean, days date[], hours timestamptz[]) returns void language plpgsql as $$
begin
  if everything then
    delete from report_hour;
    delete from report_wait;
    insert into report_hour select * from report_events('-infinity', 'infinity');
    insert into report_wait select * from report_waits('-infinity', 'infinity');
    return;
  end if;
  with fresh as materialized (
    select * from report_events_of(hours)
  ), gone as (
    delete from report_hour h where h.at = any (hours) and not exists (
      select from fresh f where (f.day, f.market_id, f.niche_id, f.at) = (h.day, h.market_id, h.niche_id, h.at))
  )
  insert into report_hour as h select * from fresh
  on conflict (day, market_id, niche_id, at) do update set
    submitted = excluded.submitted, confirmed = excluded.confirmed, approved = excluded.approved, rejected = excluded.rejected,
    distributed = excluded.distributed, sold = excluded.sold, marketplace = excluded.marketplace,
    revenue_cents = excluded.revenue_cents, refunds = excluded.refunds, refund_cents = excluded.refund_cents,
    viewed = excluded.viewed, accepted = excluded.accepted, declined = excluded.declined, credited = excluded.credited,
    won = excluded.won, lost = excluded.lost, won_cents = excluded.won_cents, ratings = excluded.ratings, stars = excluded.stars
  where h is distinct from excluded;

  with span as materialized (
    select day, report_day_began(day) as began, report_day_ended(day) as ended from unnest(days) day
  ), fresh as materialized (
    select e.* from span, lateral report_waits(span.began, span.ended) e where e.day = span.day
  ), gone as (
    delete from report_wait w where w.day = any (days) and not exists (
      select from fresh f where (f.day, f.market_id, f.niche_id, f.stage, f.bin) = (w.day, w.market_id, w.niche_id, w.stage, w.bin))
  )
  insert into report_wait as w select * from fresh
  on conflict (day, market_id, niche_id, stage, bin) do update set n = excluded.n where w.n <> excluded.n;
end $$;

-- A file that somebody asked for (SPEC 12.3). The row is what a download is checked against: the file itself says nothing.
create table export (
  id uuid primary key,
  requested_by uuid not null,
  requested_role text not null,
  provider_id uuid references provider,  -- whose own leads they are; null for staff
  dataset text not null,
  format text not null check (format in ('csv', 'xlsx', 'parquet', 'geoparquet')),
  filters jsonb not null check (jsonb_typeof(filters) = 'object'),
  title text not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'ready', 'failed', 'expired')),
  rows_total bigint not null check (rows_total >= 0),      -- how many there were when it was asked for
  rows_done bigint not null default 0 check (rows_done >= 0),
  file text,
  bytes bigint,
  error text,
  requested_at timestamptz not null,
  finished_at timestamptz,
  expires_at timestamptz,
  recalled_at timestamptz,               -- somebody was erased while it was being written: this try comes to nothing
  check ((state = 'ready') = (file is not null)),
  check ((state = 'ready') <= (expires_at is not null and bytes is not null)),
  check ((requested_role = 'provider') = (provider_id is not null))
);
create index export_newest on export (requested_by, id desc);
create index export_of_provider on export (provider_id, requested_at) where provider_id is not null;
create index export_due on export (expires_at) where state = 'ready';
