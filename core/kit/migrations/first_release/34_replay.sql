-- Replay (SPEC 5.8): a niche's past once more under other rules, in temporary tables that have the names of the real
-- ones. These come first in everybody's search path, so `distribution_choose` and `eligibility` read them and are the
-- ones that sell today. Nothing else is written; the caller's savepoint is rolled back and takes the tables with it.

-- The moment in an id of `dated_id`, to the microsecond.
create function id_moment(of_id uuid) returns timestamptz language sql immutable parallel safe as $$
  select timestamptz 'epoch' + interval '1 microsecond' * (
    ('x' || lpad(left(replace(of_id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint * 1000
    + ceil(('x' || substr(of_id::text, 16, 3))::bit(12)::integer * 1000 / 4096.0)::bigint)
$$;

-- When an event took effect. Runs and changes have ids made as they were written, under the locks that put them in order; the
-- moment that they tell was taken before these locks, and with several workers a later one may be written first. Moments that are
-- far from the clock are those of history loaded today, and hold.
create function took_effect(kind text, at timestamptz, place uuid) returns timestamptz language sql immutable parallel safe as $$
  select case when kind in ('run', 'version') and abs(extract(epoch from id_moment(place) - at)) < 60 then id_moment(place) else at end
$$;

-- Copies how things stood and lists what happened since: runs, changes of settings, money that other things moved,
-- purchases on the marketplace. `changes` is [{"table", "id", "patch"}]. Returns the number of events.
create function replay_open(of_niche uuid, first_moment timestamptz, last_moment timestamptz, changes jsonb) returns bigint
language plpgsql set enable_hashjoin = on as $$
declare change record;
begin
  create temp table replay_event on commit drop as
    select null::bigint as n, 'run' as kind, r.finished_at as at, run_place(r) as place, e.id, r.id as row_id, null::text as of_table, null::jsonb as state
      from public.distribution_run r join public.audit_entry e on e.entity_type = 'lead' and e.entity_id = r.lead_id
           and e.action = 'lead.distributed' and e.after ->> 'run_id' = r.id::text
     where r.niche_id = of_niche and r.state = 'finished' and r.finished_at >= first_moment and r.finished_at < last_moment;
  perform set_config('past.moment', first_moment::text, true),
          set_config('past.before', coalesce((select place::text from replay_event order by place limit 1), uuid_step(public.dated_id(first_moment), 0)::text), true);

  create temp table what_if on commit drop as
    select c ->> 'table' as of_table, (c ->> 'id')::uuid as row_id, c -> 'patch' as patch from jsonb_array_elements(changes) c;
  create temp table competition_level on commit drop as select * from past.competition_level where niche_id = of_niche;
  alter table pg_temp.competition_level add primary key (id);
  create temp table niche on commit drop as select * from past.niche where id = of_niche;
  create temp table subscription on commit drop as
    select s.id, s.provider_id, s.level_id, s.niche_id, s.status, s.inactive_reason, s.filter_rules, s.filter_compiled, s.filter_valid,
           s.cap_leads_day, s.cap_leads_week, s.cap_leads_month, s.cap_spend_day_cents, s.cap_spend_week_cents, s.cap_spend_month_cents,
           s.delivery_hours, s.ended_at,
           -- Only the order counts: whoever was served later has a later stamp, all of them before the first run.
           case when s.last_received_at is not null then first_moment - interval '1 second' * (count(*) over (partition by s.level_id)
             - row_number() over (partition by s.level_id order by s.last_received_at nulls first,
                                  (past.last_sale(s.provider_id, s.level_id)).id nulls first, s.provider_id)) end as last_received_at
      from past.subscription s where s.niche_id = of_niche and s.status <> 'ended';
  create index on pg_temp.subscription (level_id, last_received_at nulls first, provider_id) where status = 'active';
  alter table pg_temp.subscription add primary key (id);
  -- One that stood still because of its wallet or its company is refused for that by the rules themselves.
  update pg_temp.subscription set status = 'active' where status = 'inactive';
  create temp table provider on commit drop as
    select p.* from past.provider p where p.id in (select s.provider_id from public.subscription s where s.niche_id = of_niche) and p.status is not null;
  alter table pg_temp.provider add primary key (id);
  create temp table provider_area on commit drop as select a.* from past.provider_area a where a.provider_id in (select id from pg_temp.provider);
  alter table pg_temp.provider_area add primary key (provider_id);
  create temp table wallet on commit drop as
    select w.* from past.wallet w where w.provider_id in (select s.provider_id from public.subscription s where s.niche_id = of_niche);
  alter table pg_temp.wallet add primary key (provider_id);
  create temp table subscription_usage on commit drop as
    select u.subscription_id, u.day, (u.leads - coalesce(later.leads, 0))::integer as leads, u.spent_cents - coalesce(later.cents, 0)::bigint as spent_cents
      from public.subscription_usage u join public.subscription s on s.id = u.subscription_id and s.niche_id = of_niche
      left join (
        select a.subscription_id, timezone(m.timezone, a.assigned_at)::date as day, count(*) as leads, sum(a.price_cents) as cents
          from public.assignment a join public.lead l on l.id = a.lead_id join public.market m on m.id = l.market_id
         where a.niche_id = of_niche and a.channel = 'distribution' and a.id >= past.before() group by 1, 2) later
        on later.subscription_id = u.subscription_id and later.day = u.day
     where u.day >= (first_moment - interval '33 days')::date and u.leads > coalesce(later.leads, 0);
  alter table pg_temp.subscription_usage add primary key (subscription_id, day);

  -- Of leads that were sold before the period and run again in it.
  create temp table assignment on commit drop as
    select a.id, a.lead_id, a.provider_id, a.level_id, a.subscription_id, a.channel, a.slot_no, a.price_cents, a.run_id, a.assigned_at, false as replayed
      from public.assignment a
     where a.lead_id in (select r.lead_id from replay_event e join public.distribution_run r on r.id = e.row_id)
       and (a.channel = 'distribution' and a.id < past.before() or a.channel = 'marketplace' and a.assigned_at < first_moment);
  create index on pg_temp.assignment (lead_id);
  create index on pg_temp.assignment (provider_id, id);
  create temp table slot on commit drop as
    select s.lead_id, s.slot_no, case when a.id is not null then 'sold' else 'free' end as state, a.provider_id, null::timestamptz as expires_at
      from public.slot s left join pg_temp.assignment a on a.lead_id = s.lead_id and a.slot_no = s.slot_no
     where exists (select from public.distribution_run r where r.lead_id = s.lead_id and r.state = 'finished' and r.finished_at < first_moment)
       and s.lead_id in (select r.lead_id from replay_event e join public.distribution_run r on r.id = e.row_id);
  alter table pg_temp.slot add primary key (lead_id, slot_no);
  create temp table replay_start (lead_id uuid primary key, level_id uuid) on commit drop;
  create temp table replay_lost (kind text, cents bigint) on commit drop;
  -- What `deficit_now` reads; those since the latest standing of then count on.
  create temp table row_version on commit drop as
    select v.id, v.row_id, v.table_name, v.state from public.row_version v
     where v.table_name = 'fairness' and v.id < past.before() and v.row_id in (select id from pg_temp.subscription)
       and not exists (select from public.row_version w where w.row_id = v.row_id and w.table_name = 'fairness' and w.id > v.id and w.id < past.before());
  create index on pg_temp.row_version (row_id, table_name, id desc);
  insert into pg_temp.assignment
    select a.id, a.lead_id, a.provider_id, a.level_id, a.subscription_id, a.channel, a.slot_no, a.price_cents, a.run_id, a.assigned_at, false
      from pg_temp.row_version v join public.subscription s on s.id = v.row_id
      join public.assignment a on a.provider_id = s.provider_id and a.subscription_id = s.id and a.id > v.id and a.id < past.before()
     where not exists (select from pg_temp.assignment b where b.id = a.id);

  insert into replay_event (kind, at, place, id, row_id, of_table, state)
    select 'version', v.since, v.id, v.id, v.row_id, v.table_name, v.state from public.row_version v
     where v.id >= past.before() and v.since >= first_moment and v.since < last_moment
       and (v.row_id in (select s.id from public.subscription s where s.niche_id = of_niche)
            or v.row_id in (select l.id from public.competition_level l where l.niche_id = of_niche)
            or v.row_id in (select w.provider_id from pg_temp.wallet w) or v.row_id = of_niche)
    union all
    select 'purchase', a.assigned_at, a.id, a.id, a.id, null, null from public.assignment a
     where a.niche_id = of_niche and a.channel = 'marketplace' and a.assigned_at >= first_moment and a.assigned_at < last_moment;
  insert into replay_event (kind, at, place, id, row_id, state)
    select 'money', t.at, t.id, t.id, w.provider_id,
           jsonb_build_object('cents', case when t.credit_account_id = w.account_id then t.amount_cents else -t.amount_cents end,
                              'refund_of', case when t.kind = 'refund' then t.reference_id end)
      from pg_temp.wallet w join public.transfer t on w.account_id in (t.debit_account_id, t.credit_account_id)
     where t.at > first_moment and t.at < last_moment and t.id >= first_id(first_moment)
       and not (t.kind = 'lead_charge' and exists (select from public.assignment a where a.id = t.reference_id and a.niche_id = of_niche));
  update replay_event e set n = o.n from (
    select ctid as at_row, row_number() over (order by took_effect(kind, at, place), kind in ('run', 'version'), place, id) as n from replay_event) o where e.ctid = o.at_row;
  alter table pg_temp.replay_event add primary key (n);
  for change in select * from what_if loop
    perform replay_apply(change.of_table, change.row_id, '{}');
  end loop;
  analyze pg_temp.subscription, pg_temp.wallet, pg_temp.slot, pg_temp.assignment, pg_temp.replay_event;
  return (select count(*) from replay_event);
end $$;

-- A row as it was set then, with what is to be otherwise laid over it.
create function replay_apply(of_table text, of_row uuid, given jsonb) returns void language plpgsql as $$
declare state jsonb := given || coalesce((select w.patch from what_if w where w.of_table = replay_apply.of_table and w.row_id = of_row), '{}');
begin
  case of_table
    when 'subscription' then
      insert into pg_temp.subscription (id, provider_id, level_id, niche_id, status, last_received_at)
        select s.id, s.provider_id, s.level_id, s.niche_id, 'active', (given ->> 'last_received_at')::timestamptz from public.subscription s
         where s.id = of_row and given <> '{}' on conflict do nothing;
      update pg_temp.subscription t
         set status = case p.status when 'inactive' then 'active' else p.status end, filter_rules = p.filter_rules,
             filter_compiled = p.filter_compiled, filter_valid = p.filter_valid, cap_leads_day = p.cap_leads_day,
             cap_leads_week = p.cap_leads_week, cap_leads_month = p.cap_leads_month, cap_spend_day_cents = p.cap_spend_day_cents,
             cap_spend_week_cents = p.cap_spend_week_cents, cap_spend_month_cents = p.cap_spend_month_cents,
             delivery_hours = p.delivery_hours, inactive_reason = p.inactive_reason
        from (select (jsonb_populate_record(x, state)).* from pg_temp.subscription x where x.id = of_row) p where t.id = of_row;
    when 'competition_level' then
      insert into pg_temp.competition_level (id, niche_id, name)
        select l.id, l.niche_id, l.name from public.competition_level l where l.id = of_row and given <> '{}' on conflict do nothing;
      update pg_temp.competition_level t
         set price_cents = p.price_cents, max_recipients = p.max_recipients, position = p.position, active = p.active,
             exclusive = p.exclusive, rotation = p.rotation
        from (select (jsonb_populate_record(x, state)).* from pg_temp.competition_level x where x.id = of_row) p where t.id = of_row;
    when 'niche' then
      update pg_temp.niche set max_providers = (state ->> 'max_providers')::smallint where id = of_row and state ? 'max_providers';
    when 'provider' then
      insert into pg_temp.provider (id, status) values (of_row, state ->> 'status')
        on conflict (id) do update set status = excluded.status;
    when 'provider_area' then
      delete from pg_temp.provider_area where provider_id = of_row;
      insert into pg_temp.provider_area (provider_id, shape)
        select of_row, (state ->> 'shape')::geometry(MultiPolygon, 4326) where state ->> 'shape' is not null;
    when 'wallet' then
      update pg_temp.wallet set frozen_at = (state ->> 'frozen_at')::timestamptz where provider_id = of_row;
    when 'fairness' then null;
  end case;
end $$;

-- One run on the copy: chosen by the engine's own function, written to the copy alone.
create function replay_sell(of_run uuid, place uuid, fixed_walk boolean) returns void language plpgsql as $$
declare run distribution_run; lead lead; walk uuid[]; plan distribution_plan; first smallint; levels bigint;
begin
  select r.* into run from public.distribution_run r where r.id = of_run;
  select l.* into lead from public.lead l where l.id = run.lead_id;
  walk := run.traversal;
  if not fixed_walk then
    levels := (select count(*) from pg_temp.competition_level l where l.active);
    select l.position into first from pg_temp.competition_level l where l.id = (select s.level_id from replay_start s where s.lead_id = lead.id);
    if first is null then
      select l.position into first from pg_temp.competition_level l where l.active order by l.position offset (run.turn - 1) % greatest(levels, 1) limit 1;
    end if;
    walk := level_circle(run.niche_id, coalesce(first, 1::smallint));
    insert into replay_start values (lead.id, walk[1]) on conflict do nothing;
  end if;
  plan := distribution_choose(lead, walk, slots_allowed(lead.id, (select n.max_providers from pg_temp.niche n)), run.finished_at);
  -- One statement, so that the executor starts once.
  with chosen as (
    select * from unnest(plan.chosen) with ordinality c (provider_id, subscription_id, level_id, price_cents, slot_no, seen, n)
  ), opened as (
    insert into pg_temp.slot as s (lead_id, slot_no, state, provider_id)
    select lead.id, c.slot_no, 'sold', c.provider_id from chosen c
    union all select lead.id, slot_no, case when plan.is_exclusive then 'void' else 'free' end, null from unnest(plan.open_slots) slot_no
    on conflict (lead_id, slot_no) do update set state = excluded.state, provider_id = excluded.provider_id
  ), assigned as (
    insert into pg_temp.assignment
    select uuid_step(place, ('x' || right(place::text, 4))::bit(16)::integer + 4 * (c.n - 1)), lead.id, c.provider_id, c.level_id,
           c.subscription_id, 'distribution', c.slot_no, c.price_cents, run.id, run.finished_at, true from chosen c
  ), paid as (
    update pg_temp.wallet w set balance_cents = w.balance_cents - c.price_cents from chosen c where w.provider_id = c.provider_id
  ), counted as (
    insert into pg_temp.subscription_usage as u (subscription_id, day, leads, spent_cents)
    select c.subscription_id, plan.market_time::date, 1, c.price_cents from chosen c
    on conflict (subscription_id, day) do update set leads = u.leads + 1, spent_cents = u.spent_cents + excluded.spent_cents
  )
  update pg_temp.subscription s set last_received_at = greatest(run.finished_at - interval '1 microsecond', c.place) + c.nth * interval '1 microsecond'
    from (select c.subscription_id, row_number() over (partition by c.level_id order by c.n) as nth, queue_end(c.level_id) as place from chosen c) c
   where s.id = c.subscription_id;
end $$;

-- A purchase of then, if the lead still has a place and the company the money; else it is lost.
create function replay_buy(of_purchase uuid) returns void language plpgsql as $$
declare bought public.assignment; place smallint; known boolean; has_it boolean;
begin
  select a.* into bought from public.assignment a where a.id = of_purchase;
  select count(*) > 0, coalesce(bool_or(s.provider_id = bought.provider_id), false), min(s.slot_no) filter (where s.state = 'free')
    into known, has_it, place from pg_temp.slot s where s.lead_id = bought.lead_id;
  if has_it or known and place is null
     or (select w.balance_cents from pg_temp.wallet w where w.provider_id = bought.provider_id) < bought.price_cents then
    insert into replay_lost values ('purchase', bought.price_cents);
    return;
  end if;
  update pg_temp.slot set state = 'sold', provider_id = bought.provider_id where lead_id = bought.lead_id and slot_no = place;
  update pg_temp.wallet set balance_cents = balance_cents - bought.price_cents where provider_id = bought.provider_id;
end $$;

-- Rows that were changed leave their old versions behind until the transaction ends, and a line is walked over all of
-- them: once in a while the copies are written anew.
create function replay_tidy() returns void language plpgsql as $$
declare name text;
begin
  foreach name in array array['subscription', 'wallet', 'subscription_usage'] loop
    execute format('create temp table replay_tidied on commit drop as select * from pg_temp.%I', name);
    execute format('truncate pg_temp.%I', name);
    execute format('insert into pg_temp.%I select * from replay_tidied', name);
    execute 'drop table replay_tidied';
  end loop;
end $$;

-- Plays the events from `first` to `last` in order.
create function replay_play(first bigint, last bigint, fixed_walk boolean) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_bitmapscan = off set enable_material = off set enable_memoize = off as $$
declare event record; refund bigint;
begin
  perform replay_tidy();
  for event in select * from replay_event e where e.n between first and last order by e.n loop
    case event.kind
      when 'run' then perform replay_sell(event.row_id, event.place, fixed_walk);
      when 'purchase' then perform replay_buy(event.row_id);
      when 'version' then
        if event.of_table = 'fairness' then
          insert into pg_temp.row_version values (event.id, event.row_id, 'fairness', event.state);
        else
          perform replay_apply(event.of_table, event.row_id, coalesce(event.state, '{}'));
        end if;
      when 'money' then
        refund := null;
        -- A refund of a sale of this period pays back what the replay sold it for, or nothing when it did not.
        if event.state ->> 'refund_of' is not null and exists (
             select from public.assignment a join public.distribution_run r on r.id = a.run_id join replay_event e on e.row_id = r.id
              where a.id = (event.state ->> 'refund_of')::uuid) then
          select coalesce(sum(b.price_cents), 0) into refund from public.assignment a
            join pg_temp.assignment b on b.lead_id = a.lead_id and b.provider_id = a.provider_id where a.id = (event.state ->> 'refund_of')::uuid;
        end if;
        update pg_temp.wallet set balance_cents = greatest(0, balance_cents + coalesce(refund, (event.state ->> 'cents')::bigint))
         where provider_id = event.row_id;
    end case;
  end loop;
end $$;

-- The request for a replay, and what came of it.
create table replay_request (
  id uuid primary key,
  niche_id uuid not null references niche,
  since timestamptz not null,
  until timestamptz not null check (until > since),
  changes jsonb not null check (jsonb_typeof(changes) = 'array'),
  asked_by uuid not null,
  asked_at timestamptz not null,
  progress jsonb,
  result jsonb,
  error text,
  finished_at timestamptz,
  check ((finished_at is null) = (result is null and error is null))
);
create index replay_request_niche on replay_request (niche_id, id desc);
