-- The engine (SPEC 5): turns, the rules of eligibility, and one function that sells one lead.

-- A run belongs to one turn of its niche; runs of the same lead share the turn they started with.
create table distribution_run (
  id uuid primary key,
  lead_id uuid not null references lead,
  niche_id uuid not null references niche,
  state text not null default 'started' check (state in ('started', 'finished', 'failed')),
  turn bigint not null,
  traversal uuid[] not null,             -- level ids in the order walked, start level first
  candidates integer not null default 0,
  assigned integer not null default 0,
  skips jsonb not null default '{}',     -- {"reason": count}
  error text,
  started_by uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  duration_ms numeric(10, 3),
  check ((state = 'started') = (finished_at is null))
) with (fillfactor = 70);
create index distribution_run_lead on distribution_run (lead_id, id);

-- Each sale moves a subscription from the head of its level's queue to the tail and leaves a dead entry at the
-- head: clean up early, so that a walk does not have to step over them.
alter table subscription set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

create type used as (leads bigint, spent_cents bigint);

-- The rules of eligibility, each defined here and nowhere else (SPEC 4.3-4.8, 5.2). Innermost: what a rule looks
-- at. Around it: one boolean per rule, true when the rule refuses. Outermost: the first rule that refuses, cheap
-- ones first. The planner folds all of it into the caller's statement, so the engine, which asks for `refusal`
-- alone, looks at nothing behind the first refusal; `explain` asks for every verdict and what it was based on.
-- `taken` are the providers who have the lead, `market_time` is the clock of the lead's market.
create function eligibility(facts jsonb, place geometry, market_time timestamp, taken uuid[])
returns table (subscription_id uuid, provider_id uuid, level_id uuid, status text, last_received_at timestamptz,
               refusal text, refuses jsonb, seen jsonb)
language sql stable as $$
  select r.id, r.provider_id, r.level_id, r.status, r.last_received_at,
    case
      when r.subscription_inactive then 'subscription_inactive'
      when r.already_has_lead then 'already_has_lead'
      when r.filter_invalid then 'filter_invalid'
      when r.filter then 'filter'
      when r.delivery_hours then 'delivery_hours'
      when r.cap_leads_day then 'cap_leads_day'
      when r.cap_leads_week then 'cap_leads_week'
      when r.cap_leads_month then 'cap_leads_month'
      when r.cap_spend_day then 'cap_spend_day'
      when r.cap_spend_week then 'cap_spend_week'
      when r.cap_spend_month then 'cap_spend_month'
      when r.provider_inactive then 'provider_inactive'
      when r.service_area then 'service_area'
      when r.wallet_frozen then 'wallet_frozen'
      when r.insufficient_balance then 'insufficient_balance'
    end,
    jsonb_build_object(
      'subscription_inactive', r.subscription_inactive, 'already_has_lead', r.already_has_lead,
      'filter_invalid', r.filter_invalid, 'filter', r.filter, 'delivery_hours', r.delivery_hours,
      'cap_leads_day', r.cap_leads_day, 'cap_leads_week', r.cap_leads_week, 'cap_leads_month', r.cap_leads_month,
      'cap_spend_day', r.cap_spend_day, 'cap_spend_week', r.cap_spend_week, 'cap_spend_month', r.cap_spend_month,
      'provider_inactive', r.provider_inactive, 'service_area', r.service_area,
      'wallet_frozen', r.wallet_frozen, 'insufficient_balance', r.insufficient_balance),
    jsonb_build_object(
      'status', r.status, 'inactive_reason', r.inactive_reason, 'filter_rules', r.filter_rules, 'market_time', market_time,
      'delivery_hours', r.hours, 'day', to_jsonb(r.day), 'week', to_jsonb(r.week), 'month', to_jsonb(r.month),
      'cap_leads_day', r.limit_leads_day, 'cap_leads_week', r.limit_leads_week, 'cap_leads_month', r.limit_leads_month,
      'cap_spend_day', r.limit_spend_day, 'cap_spend_week', r.limit_spend_week, 'cap_spend_month', r.limit_spend_month,
      'provider_status', r.provider_status, 'has_area', r.in_area is not null, 'frozen_at', (r.wallet).frozen_at,
      'balance_cents', (r.wallet).balance_cents, 'price_cents', r.price_cents)
  from (
    select s.*,
      s.status <> 'active' as subscription_inactive,
      s.provider_id = any (taken) as already_has_lead,
      not s.filter_valid as filter_invalid,
      s.compiled is not null and (facts @@ s.compiled) is not true as filter,
      s.hours is not null and not within_delivery_hours(s.hours, market_time) as delivery_hours,
      s.limit_leads_day is not null and coalesce((s.day).leads, 0) >= s.limit_leads_day as cap_leads_day,
      s.limit_leads_week is not null and coalesce((s.week).leads, 0) >= s.limit_leads_week as cap_leads_week,
      s.limit_leads_month is not null and coalesce((s.month).leads, 0) >= s.limit_leads_month as cap_leads_month,
      s.limit_spend_day is not null and coalesce((s.day).spent_cents, 0) + s.price_cents > s.limit_spend_day as cap_spend_day,
      s.limit_spend_week is not null and coalesce((s.week).spent_cents, 0) + s.price_cents > s.limit_spend_week as cap_spend_week,
      s.limit_spend_month is not null and coalesce((s.month).spent_cents, 0) + s.price_cents > s.limit_spend_month as cap_spend_month,
      s.provider_status <> 'active' as provider_inactive,
      not coalesce(s.in_area, true) as service_area,
      s.price_cents > 0 and (s.wallet).frozen_at is not null as wallet_frozen,
      coalesce((s.wallet).balance_cents, 0) < s.price_cents as insufficient_balance
    from (
      -- Joined and not looked up in the list of columns: each mention of a look-up would be one more to set up.
      select c.id, c.provider_id, c.level_id, c.status, c.last_received_at, c.inactive_reason, c.filter_valid, c.filter_rules,
        c.filter_compiled as compiled, c.delivery_hours as hours,
        c.cap_leads_day as limit_leads_day, c.cap_leads_week as limit_leads_week, c.cap_leads_month as limit_leads_month,
        c.cap_spend_day_cents as limit_spend_day, c.cap_spend_week_cents as limit_spend_week, c.cap_spend_month_cents as limit_spend_month,
        u.day, u.week, u.month, w as wallet, l.price_cents,
        (select p.status from provider p where p.id = c.provider_id) as provider_status,
        -- null: no area, everywhere; an erased place lies in none
        (select coalesce(a.shape && place and ST_Covers(a.shape, place), false)
           from provider_area a where a.provider_id = c.provider_id) as in_area
      from subscription c
      join competition_level l on l.id = c.level_id
      left join wallet w on w.provider_id = c.provider_id
      cross join lateral (
        select row(sum(d.leads) filter (where d.day = market_time::date),
                   sum(d.spent_cents) filter (where d.day = market_time::date))::used as day,
               row(sum(d.leads) filter (where d.day >= date_trunc('week', market_time)),
                   sum(d.spent_cents) filter (where d.day >= date_trunc('week', market_time)))::used as week,
               row(sum(d.leads) filter (where d.day >= date_trunc('month', market_time)),
                   sum(d.spent_cents) filter (where d.day >= date_trunc('month', market_time)))::used as month
          from subscription_usage d
         where d.subscription_id = c.id and d.day <= market_time::date
           and d.day >= least(date_trunc('week', market_time), date_trunc('month', market_time))::date
           and num_nonnulls(c.cap_leads_day, c.cap_leads_week, c.cap_leads_month,
                            c.cap_spend_day_cents, c.cap_spend_week_cents, c.cap_spend_month_cents) > 0) u
    ) s
  ) r
$$;

-- What keeps a whole level from selling a lead now, none: {}. Likewise shared by the engine, which takes the first,
-- and `explain`. `wanted` are the recipients that the level still lacks.
create function level_refusals(active boolean, exclusive boolean, open_slots integer, sold integer, wanted integer)
returns text[] language sql immutable parallel safe as $$
  select array_remove(array[case when not active then 'level_inactive' end,
                            case when open_slots = 0 then 'no_slot_left' end,
                            case when exclusive and sold > 0 then 'exclusive_level' end,
                            case when wanted <= 0 then 'level_full' end], null)
$$;

-- Active levels of a niche in circular order, from the level given or the next one after it.
create function level_circle(of_niche uuid, first smallint) returns uuid[] language plpgsql stable as $$
begin
  return (select coalesce(array_agg(l.id order by l.position < first, l.position), '{}')
            from competition_level l where l.niche_id = of_niche and l.active);
end $$;

-- Claims a turn for each approved lead and writes down the run to come (SPEC 5.1). The pointer of the niche moves
-- once per lead: the first run's start level is kept by every later one, and a run that never finished is
-- returned as it is. Leads that are not approved get no run.
create function distribution_claim(leads uuid[], actor uuid, moment timestamptz)
returns setof distribution_run language plpgsql as $$
declare
  lead record; run distribution_run; first smallint;
begin
  for lead in select l.id, l.niche_id, l.status from lead l where l.id = any (leads) order by l.id for no key update loop
    select * into run from distribution_run r where r.lead_id = lead.id order by r.id desc limit 1;
    if run.state is distinct from 'started' then
      continue when lead.status <> 'approved';
      if run.id is not null then
        select l.position into first from competition_level l where l.id = run.traversal[1];
      else
        insert into niche_turn as t (niche_id, turns, last_turn_at) values (lead.niche_id, 1, moment)
        on conflict (niche_id) do update set turns = t.turns + 1, last_turn_at = greatest(moment, t.last_turn_at + interval '1 microsecond')
        returning turns, last_turn_at into run.turn, run.started_at;
        select l.position into first from competition_level l where l.niche_id = lead.niche_id and l.active
         order by l.position offset (run.turn - 1) % greatest((select count(*) from competition_level a where a.niche_id = lead.niche_id and a.active), 1) limit 1;
      end if;
      insert into distribution_run (id, lead_id, niche_id, turn, traversal, started_by, started_at)
      values (dated_id(moment), lead.id, lead.niche_id, run.turn, level_circle(lead.niche_id, coalesce(first, 1::smallint)), actor, moment)
      returning * into run;
    end if;
    return next run;
  end loop;
end $$;

-- One recipient chosen for a lead; `stamp` is its new place at the end of its level's queue. No two stamps of a level
-- are equal, or those of one run would be served again in the order of their ids instead of their turn.
create type distribution_choice as (
  provider_id uuid, subscription_id uuid, level_id uuid, price_cents bigint, slot_no smallint, stamp timestamptz
);
create type distribution_plan as (
  chosen distribution_choice[], open_slots smallint[], is_exclusive boolean, looked integer, skipped text[], market_time timestamp
);

-- Chooses the recipients of one lead (SPEC 5.2): each level once, in the order of the traversal; within a level
-- least recently served first, or whoever is owed most (`deficit_now` in 33_fairness.sql), as the level says. Looks only, locks nothing; `open_slots` of the plan are those that stay open.
create function distribution_choose(lead lead, traversal uuid[], cap smallint, moment timestamptz) returns distribution_plan
language plpgsql as $$
declare
  chosen distribution_choice[] := '{}'; open_slots smallint[]; is_exclusive boolean := false; looked integer := 0; skipped text[] := '{}';
  market_time timestamp; first_run boolean; taken uuid[]; unwanted uuid[]; named uuid[]; sold integer; wanted integer; queue_end timestamptz; refusals text[];
  level record; candidate record;
  queue refcursor;
begin
  select timezone(m.timezone, moment) into market_time from market m where m.id = lead.market_id;
  select coalesce(array_agg(s.slot_no order by s.slot_no) filter (where s.state = 'free' or s.expires_at < moment), '{}'),
         coalesce(array_agg(s.provider_id) filter (where s.state = 'sold' or s.expires_at >= moment), '{}'), count(*) = 0
    into open_slots, taken, first_run from slot s where s.lead_id = lead.id;
  if first_run then
    open_slots := array(select generate_series(1, cap));
  end if;
  unwanted := own_lists_refusing(lead.id, moment);
  named := consent_named_only(lead.id, moment);
  for level in
    select l.id, l.active, l.exclusive, l.price_cents, l.rotation, l.max_recipients - case when first_run then 0 else
             (select count(*) from assignment a where a.lead_id = lead.id and a.level_id = l.id and a.channel = 'distribution') end as lacking,
           (select s.last_received_at from subscription s where s.level_id = l.id and s.status = 'active'
             order by s.last_received_at desc nulls last, s.provider_id desc limit 1) as queue_end
      from unnest(traversal) with ordinality as t (id, n) join competition_level l on l.id = t.id order by t.n
  loop
    sold := cardinality(taken);
    refusals := level_refusals(level.active, level.exclusive, cardinality(open_slots), sold, level.lacking::integer);
    if refusals <> '{}' then
      skipped := skipped || refusals[1];
      continue;
    end if;
    queue_end := level.queue_end;
    wanted := case when level.exclusive then 1 else least(level.lacking, cardinality(open_slots)) end;
    -- Fetched one by one: what lies behind the last recipient is never looked at.
    if level.rotation = 'longest_wait' then
      open queue for
        select e.subscription_id, e.provider_id, e.refusal from eligibility(lead.facts, lead.location, market_time, taken) e
         where e.level_id = level.id and e.status = 'active' order by e.last_received_at nulls first, e.provider_id;
    else
      open queue for
        select e.subscription_id, e.provider_id, e.refusal from eligibility(lead.facts, lead.location, market_time, taken) e
         where e.level_id = level.id and e.status = 'active'
         order by deficit_now(e.subscription_id, e.provider_id) desc, e.last_received_at nulls first, e.provider_id;
    end if;
    loop
      fetch queue into candidate;
      exit when not found;
      looked := looked + 1;
      -- A company's own list and a consent are of the person, not of the lead: looked up once, asked after every rule of the lead.
      candidate.refusal := coalesce(candidate.refusal, case when candidate.provider_id = any (unwanted) then 'own_list'
                                                            when candidate.provider_id <> all (named) then 'consent_unnamed' end);
      if candidate.refusal is not null then
        skipped := skipped || candidate.refusal;
        continue;
      end if;
      queue_end := greatest(moment, queue_end + interval '1 microsecond');
      chosen := chosen || row(candidate.provider_id, candidate.subscription_id, level.id, level.price_cents,
                              open_slots[1], queue_end)::distribution_choice;
      open_slots := open_slots[2:];
      taken := taken || candidate.provider_id;
      wanted := wanted - 1;
      exit when wanted = 0;
    end loop;
    close queue;
    is_exclusive := level.exclusive and cardinality(taken) > sold;
    exit when is_exclusive;
  end loop;
  return row(chosen, open_slots, is_exclusive, looked, skipped, market_time);
end $$;

-- Locks the wallets and subscriptions chosen, in the order of their providers, and tells whether all still may
-- receive. A caller who may not wait gets false as well when somebody else holds one of them.
create function distribution_lock(chosen distribution_choice[], may_wait boolean) returns boolean language plpgsql as $$
declare good integer;
begin
  if may_wait then
    select count(*) into good from (
      select c.price_cents, w.balance_cents, w.frozen_at, s.status
        from (select * from unnest(chosen) order by provider_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id for no key update of w, s) l
     where l.status = 'active' and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.price_cents);
  else
    select count(*) into good from (
      select c.price_cents, w.balance_cents, w.frozen_at, s.status
        from (select * from unnest(chosen) order by provider_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id for no key update of w, s skip locked) l
     where l.status = 'active' and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.price_cents);
  end if;
  return good = cardinality(chosen);
end $$;

-- What one run of a batch came to: over (nothing to write down), chosen, or put off: busy, because somebody else has a
-- wallet, or pending, because something of the same batch has to be written down first.
create type distribution_outcome as (
  verdict text, run_id uuid, lead_id uuid, niche_id uuid, correlation text, begun timestamptz, plan distribution_plan
);

-- Locks a lead, chooses its recipients, locks them and moves them to the end of their queues: what the next choice has to
-- see. The rest is written down once for the whole batch; `pending` are the leads and providers of which it has something.
create function distribution_decide(of_run uuid, correlation text, moment timestamptz, may_wait boolean, pending uuid[])
returns distribution_outcome language plpgsql as $$
declare
  begun timestamptz := clock_timestamp(); run distribution_run; lead lead; niche niche; plan distribution_plan; obstacle text;
begin
  select l.* into lead from lead l where l.id = (select r.lead_id from distribution_run r where r.id = of_run) for no key update;
  select r.* into run from distribution_run r where r.id = of_run;
  if lead.id = any (pending) then
    return row('pending', of_run, lead.id, null, null, null, null)::distribution_outcome;
  elsif run.state is distinct from 'started' then
    return row('over', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  obstacle := case when lead.status <> 'approved' then 'lead_' || lead.status else lead_sale_refusal(lead.id, moment) end;
  if obstacle is not null then
    update distribution_run set state = 'failed', error = obstacle, finished_at = moment where id = of_run;
    return row('over', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  select n.* into niche from niche n where n.id = lead.niche_id;
  perform free_lapsed_holds(lead.id, moment);
  plan := distribution_choose(lead, run.traversal, slots_allowed(lead.id, niche.max_providers), moment);
  if exists (select from unnest(plan.chosen) c where c.provider_id = any (pending)) then
    return row('pending', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  if not distribution_lock(plan.chosen, may_wait) then
    if may_wait then
      raise exception 'chosen anew' using errcode = 'HL001';
    end if;
    return row('busy', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  update subscription s set last_received_at = c.stamp from unnest(plan.chosen) c where s.id = c.subscription_id;
  return row('chosen', of_run, lead.id, niche.id, correlation, begun, plan)::distribution_outcome;
end $$;

-- The first run of a batch holds nothing yet and may wait for a wallet. When what it waited for has changed since it
-- chose, everything is undone and chosen anew.
create function distribution_decide_first(of_run uuid, correlation text, moment timestamptz)
returns distribution_outcome language plpgsql as $$
begin
  loop
    begin
      return distribution_decide(of_run, correlation, moment, true, '{}');
    exception when sqlstate 'HL001' then
      null;  -- undone to here; the next round sees what changed
    end;
  end loop;
end $$;

-- Writes down what was chosen for the leads of a batch, no provider twice: slots, charges, assignments, cap counters, trail,
-- mail. The trigger on transfer moves the wallets. One statement for all, so that the executor starts once.
create function distribution_record_sales(batch distribution_outcome[], moment timestamptz, inbox_url text,
                                          by_id uuid, by_role text, by_ip inet)
returns void language plpgsql as $$
declare base uuid := dated_id(moment); revenue uuid := (select id from ledger_account where kind = 'revenue' and provider_id is null limit 1);
begin
  with told as (
    select o.*, m.name as market, n.name as niche, c.search_bits
      from unnest(batch) with ordinality as o (verdict, run_id, lead_id, niche_id, correlation, begun, plan, nth)
      join lead l on l.id = o.lead_id join contact c on c.id = l.contact_id
      join market m on m.id = l.market_id join niche n on n.id = o.niche_id
  ), numbered as (
    select t.run_id, t.lead_id, t.niche_id, t.correlation, t.market, t.niche, t.search_bits, (t.plan).market_time::date as day,
           row_number() over (order by t.nth, c.slot_no) as n, c.*
      from told t, unnest((t.plan).chosen) c
  ), chosen as (
    select n.*, uuid_step(base, 4 * n.n) as assignment_id, uuid_step(base, 4 * n.n + 1) as transfer_id,
           uuid_step(base, 4 * n.n + 2) as entry_id, uuid_step(base, 4 * n.n + 3) as mail_id from numbered n
  ), opened as (
    insert into slot as s (lead_id, slot_no, state, provider_id)
    select lead_id, slot_no, 'sold', provider_id from chosen
    union all
    select t.lead_id, slot_no, case when (t.plan).is_exclusive then 'void' else 'free' end, null
      from told t, unnest((t.plan).open_slots) slot_no
    on conflict (lead_id, slot_no) do update
      set state = excluded.state, provider_id = excluded.provider_id, expires_at = null, quote = null, held_at = null, extended_at = null
  ), charged as (
    insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id,
                          wallet_balance_cents, idempotency_key, at)
    select c.transfer_id, w.account_id, revenue, c.price_cents, 'lead_charge', 'assignment', c.assignment_id, by_id,
           w.balance_cents - c.price_cents, 'sale:' || c.lead_id || ':' || c.provider_id, moment
      from chosen c join wallet w on w.provider_id = c.provider_id where c.price_cents > 0
  ), assigned as (
    insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, subscription_id, run_id, price_cents,
                            transfer_id, assigned_at, search_bits)
    select assignment_id, lead_id, provider_id, slot_no, 'distribution', niche_id, level_id, subscription_id, run_id,
           price_cents, case when price_cents > 0 then transfer_id end, moment, search_bits from chosen
  ), counted as (
    insert into subscription_usage as u (subscription_id, day, leads, spent_cents)
    select subscription_id, day, 1, price_cents from chosen
    on conflict (subscription_id, day) do update
      set leads = u.leads + 1, spent_cents = u.spent_cents + excluded.spent_cents
  ), noted as (
    insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip, correlation_id)
    select entry_id, moment, by_id, by_role, 'lead.assigned', 'assignment', assignment_id,
           jsonb_build_object('lead_id', lead_id, 'provider_id', provider_id, 'level_id', level_id, 'price_cents', price_cents),
           by_ip, correlation from chosen
    union all
    select uuid_step(base, 4 * ((select count(*) from numbered) + nth)), moment, by_id, by_role, 'lead.distributed', 'lead', lead_id,
           jsonb_build_object('run_id', run_id, 'assigned', cardinality((plan).chosen),
                              'sold_out', cardinality((plan).open_slots) = 0 or (plan).is_exclusive),
           by_ip, correlation from told
  )
  insert into outbox (id, kind, key, payload, run_at, correlation_id, created_at)
  select c.mail_id, 'email', 'new_lead:' || c.assignment_id,
         jsonb_build_object('template', 'new_lead', 'provider_id', c.provider_id, 'context', jsonb_build_object(
           'niche', c.niche, 'market', c.market, 'level', l.name, 'link', inbox_url || c.assignment_id,
           'price', to_char(c.price_cents / 100.0, 'FM$999,999,990.00'))),
         moment, c.correlation, moment
    from chosen c join competition_level l on l.id = c.level_id;
end $$;

-- Writes down what became of the leads of a batch and of their runs: sold out or on sale for the rest, and the run over.
create function distribution_record_ends(batch distribution_outcome[], moment timestamptz) returns void language plpgsql as $$
declare sold_out uuid[]; open record;
begin
  sold_out := array(
    select o.lead_id from unnest(batch) o
     where (o.plan).is_exclusive or cardinality((o.plan).open_slots) = 0
           and not exists (select from slot s where s.lead_id = o.lead_id and s.state = 'held'));
  if sold_out <> '{}' then
    update lead l set status = 'sold_out', updated_at = moment from unnest(sold_out) as o (id) where l.id = o.id;
    update listing i set state = 'closed', closed_at = moment from unnest(sold_out) as o (id) where i.lead_id = o.id and i.state = 'open';
  end if;
  for open in select o.lead_id, n.listing_days from unnest(batch) o join niche n on n.id = o.niche_id where o.lead_id <> all (sold_out) loop
    perform open_listing(open.lead_id, open.listing_days, moment);
  end loop;
  update distribution_run r
     set state = 'finished', candidates = (o.plan).looked, assigned = cardinality((o.plan).chosen), finished_at = moment,
         skips = (select coalesce(jsonb_object_agg(reason, n), '{}')
                    from (select reason, count(*) as n from unnest((o.plan).skipped) reason group by reason) counted),
         duration_ms = extract(epoch from clock_timestamp() - o.begun) * 1000
    from unnest(batch) o where r.id = o.run_id;
end $$;

create function distribution_record(batch distribution_outcome[], moment timestamptz, inbox_url text,
                                    by_id uuid, by_role text, by_ip inet)
returns void language plpgsql as $$
begin
  if batch <> '{}' then
    perform distribution_record_sales(batch, moment, inbox_url, by_id, by_role, by_ip);
    perform distribution_record_ends(batch, moment);
  end if;
end $$;

-- Carries out runs one after the other and returns them, over (SPEC 5.3): all of them or nothing. One distributor serves
-- a niche at a time: each choice must see the one before it. Locks are taken in the order niche, lead, wallets by
-- provider, subscriptions. After the first run we hold wallets, so we no longer wait for any: the batch ends there, and
-- the caller commits and comes again with the rest. Who would be charged a second time gets the first charge written down
-- before the second is decided, so that balance and caps are never those of a moment ago.
create function distribution_assign(runs uuid[], correlations text[], moment timestamptz, inbox_url text,
                                    by_id uuid, by_role text, by_ip inet)
returns setof distribution_run language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_bitmapscan = off set enable_material = off set enable_memoize = off as $$
declare niche_id uuid; batch distribution_outcome[] := '{}'; pending uuid[] := '{}'; one distribution_outcome; over integer := 0;
begin
  for niche_id in select distinct r.niche_id from distribution_run r where r.id = any (runs) order by r.niche_id loop
    perform pg_advisory_xact_lock(hashtextextended('distribution:' || niche_id, 0));
  end loop;
  for n in 1 .. cardinality(runs) loop
    if n = 1 then
      one := distribution_decide_first(runs[n], correlations[n], moment);
    else
      one := distribution_decide(runs[n], correlations[n], moment, false, pending);
    end if;
    if one.verdict = 'pending' then
      perform distribution_record(batch, moment, inbox_url, by_id, by_role, by_ip);
      batch := '{}';
      pending := '{}';
      one := distribution_decide(runs[n], correlations[n], moment, false, pending);
    end if;
    exit when one.verdict = 'busy';
    over := n;
    if one.verdict = 'chosen' then
      batch := batch || one;
      pending := pending || one.lead_id || array(select c.provider_id from unnest((one.plan).chosen) c);
    end if;
  end loop;
  perform distribution_record(batch, moment, inbox_url, by_id, by_role, by_ip);
  return query select r.* from unnest(runs[:over]) with ordinality as asked (id, n) join distribution_run r on r.id = asked.id order by asked.n;
end $$;
