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

-- One recipient chosen for a lead; `stamp` is its new place at the end of its level's queue, `seen` the place it was chosen at.
-- No two stamps of a level are equal, or those of one run would be served again in the order of their ids instead of their turn.
create type distribution_choice as (
  provider_id uuid, subscription_id uuid, level_id uuid, price_cents bigint, slot_no smallint, stamp timestamptz, seen timestamptz
);

-- A level's queue as a batch knows it: who waits, in turn, less those whom a batch serves. `last_stamp` is its end when it was
-- read: whoever has a later place was served since. (`reached_at`, `reached_by`) is how far it was read.
create type distribution_line as (level_id uuid, waiting uuid[], last_stamp timestamptz, reached_at timestamptz, reached_by uuid, complete boolean);

-- What a batch decided and has not written down yet, which its next choice has to know: the lines, the subscriptions served,
-- who was promised a lead for how much; `busy` are the locks of those that the batch before serves, `elsewhere` those of them
-- whom a line left out.
create type distribution_hand as (
  lines distribution_line[], served uuid[], buyers uuid[], owed bigint[], busy bigint[], elsewhere uuid[]
);

-- `held_up`: the choice depends on sales that are decided and not committed yet, of this batch ('own') or of another ('others').
create type distribution_plan as (
  chosen distribution_choice[], open_slots smallint[], is_exclusive boolean, looked integer, skipped text[], market_time timestamp,
  held_up text, hand distribution_hand
);

-- The lock of a subscription that is being served, from the choice to the commit; of a niche, when the batch may serve one
-- more than once.
create function serving(of_row uuid) returns bigint language sql immutable parallel safe as $$
  select uuid_hash_extended(of_row, 5)
$$;

-- The lock of a provider that has to pay for leads of a niche, shared by the batches that sell it some.
create function paying(of_provider uuid, of_niche uuid) returns bigint language sql immutable parallel safe as $$
  select uuid_hash_extended(of_provider, uuid_hash_extended(of_niche, 5))
$$;

-- The advisory locks that other sessions hold: of subscriptions being served, among others.
create function locks_of_others() returns bigint[] language plpgsql as $$
begin
  return array(select l.classid::bigint << 32 | l.objid::bigint from pg_locks l
                where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and l.pid <> pg_backend_pid());
end $$;

-- Goes on reading a line, as much again as was read of it. Who is being served by the batch before, whatever the row still
-- says, stands at its end: left out, and noted in the hand.
create function distribution_read_line(hand distribution_hand, nth integer, of_level uuid) returns distribution_hand language plpgsql as $$
declare
  line distribution_line := coalesce(hand.lines[nth], row(of_level, '{}', null, null, null, false)::distribution_line);
  page uuid[]; most integer := greatest(300, cardinality(line.waiting));
begin
  if line.reached_by is null then
    line.last_stamp := (select s.last_received_at from subscription s where s.level_id = line.level_id and s.status = 'active'
                         order by s.last_received_at desc nulls last, s.provider_id desc limit 1);
    page := array(select s.id from subscription s where s.level_id = line.level_id and s.status = 'active'
                   order by s.last_received_at nulls first, s.provider_id limit most);
  else
    page := array(select s.id from subscription s where s.level_id = line.level_id and s.status = 'active'
                     and (coalesce(s.last_received_at, '-infinity'), s.provider_id) > (line.reached_at, line.reached_by)
                     and (s.last_received_at is null or s.last_received_at <= line.last_stamp)
                   order by s.last_received_at nulls first, s.provider_id limit most);
  end if;
  line.complete := cardinality(page) < most;
  line.waiting := line.waiting || array(select p.id from unnest(page) with ordinality as p (id, n)
                                         where serving(p.id) <> all (hand.busy) and p.id <> all (hand.served) order by p.n);
  hand.elsewhere := hand.elsewhere || array(select p.id from unnest(page) as p (id) where serving(p.id) = any (hand.busy));
  select coalesce(s.last_received_at, '-infinity'), s.provider_id into line.reached_at, line.reached_by
    from subscription s where s.id = page[cardinality(page)];
  hand.lines[nth] := line;
  return hand;
end $$;

-- Opens the walk along a level's queue, or along those `waiting` in it, in their order. Fetched one by one: what lies behind
-- the last recipient is never looked at.
create function distribution_open(lead lead, of_level uuid, rotation text, market_time timestamp, taken uuid[], waiting uuid[])
returns refcursor language plpgsql as $$
declare queue refcursor;
begin
  if waiting is not null then
    open queue for
      select e.subscription_id, e.provider_id, e.refusal, e.last_received_at
        from unnest(waiting) as w (id)
        cross join lateral (select * from eligibility(lead.facts, lead.location, market_time, taken) e where e.subscription_id = w.id) e
       where e.status = 'active';
  elsif rotation = 'longest_wait' then
    open queue for
      select e.subscription_id, e.provider_id, e.refusal, e.last_received_at from eligibility(lead.facts, lead.location, market_time, taken) e
       where e.level_id = of_level and e.status = 'active' order by e.last_received_at nulls first, e.provider_id;
  else
    open queue for
      select e.subscription_id, e.provider_id, e.refusal, e.last_received_at from eligibility(lead.facts, lead.location, market_time, taken) e
       where e.level_id = of_level and e.status = 'active'
       order by deficit_now(e.subscription_id, e.provider_id) desc, e.last_received_at nulls first, e.provider_id;
  end if;
  return queue;
end $$;

-- Whether a provider can pay for one more lead than the batch before and this one promised it; null: whether its
-- subscription still stands at all depends on how the one before ends (SPEC 4.3).
create function distribution_can_pay(of_provider uuid, of_niche uuid, price_cents bigint, hand distribution_hand) returns boolean
language plpgsql as $$
declare rest bigint := (select w.balance_cents from wallet w where w.provider_id = of_provider) - price_cents;
begin
  if price_cents = 0 then
    return true;
  elsif paying(of_provider, of_niche) = any (hand.busy) then
    rest := rest - (select sum(l.price_cents) from subscription s join competition_level l on l.id = s.level_id
                     where s.provider_id = of_provider and s.niche_id = of_niche and serving(s.id) = any (hand.busy));
    if rest < 0 or rest is null or serving(of_niche) = any (hand.busy) then
      return null;
    end if;
  end if;
  return rest >= coalesce((select sum(o.cents) from unnest(hand.buyers, hand.owed) as o (provider_id, cents) where o.provider_id = of_provider), 0);
end $$;

-- Chooses the recipients of one lead (SPEC 5.2): each level once, in the order of the traversal; within a level
-- least recently served first, or whoever is owed most (`deficit_now` in 33_fairness.sql), as the level says. `open_slots`
-- of the plan are those that stay open. With a hand, the choice follows what its own batch and the one before decided: whom
-- they serve has gone to the end of the queue, and paid. Locks nothing.
create function distribution_choose(lead lead, traversal uuid[], cap smallint, moment timestamptz, hand distribution_hand default null)
returns distribution_plan language plpgsql as $$
declare
  chosen distribution_choice[] := '{}'; open_slots smallint[]; is_exclusive boolean := false; looked integer := 0; skipped text[] := '{}';
  market_time timestamp; first_run boolean; taken uuid[]; unwanted uuid[]; named uuid[]; sold integer; wanted integer; queue_end timestamptz; refusals text[];
  of_batch boolean := hand.served is not null; held_up text;
  can_pay boolean; nth integer; line distribution_line; low integer; high integer; gone uuid[]; served uuid;
  level record; candidate record; queue refcursor;
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
             (select count(*) from assignment a where a.lead_id = lead.id and a.level_id = l.id and a.channel = 'distribution') end as lacking
      from unnest(traversal) with ordinality as t (id, n) join competition_level l on l.id = t.id order by t.n
  loop
    sold := cardinality(taken);
    refusals := level_refusals(level.active, level.exclusive, cardinality(open_slots), sold, level.lacking::integer);
    if refusals <> '{}' then
      skipped := skipped || refusals[1];
      continue;
    end if;
    wanted := case when level.exclusive then 1 else least(level.lacking, cardinality(open_slots)) end;
    nth := null;
    if of_batch and level.rotation = 'longest_wait' then
      nth := coalesce((select n from unnest(hand.lines) with ordinality as l (level_id, w, s, at, by, c, n) where l.level_id = level.id),
                      cardinality(hand.lines) + 1);
      if nth > cardinality(hand.lines) then
        hand := distribution_read_line(hand, nth, level.id);
      end if;
      line := hand.lines[nth];
      queue_end := line.last_stamp;
    else
      queue_end := (select s.last_received_at from subscription s where s.level_id = level.id and s.status = 'active'
                     order by s.last_received_at desc nulls last, s.provider_id desc limit 1);
    end if;
    low := 1;
    gone := '{}';
    loop
      high := low + 8 + 4 * wanted;
      queue := distribution_open(lead, level.id, level.rotation, market_time, taken, case when nth is not null then line.waiting[low:high] end);
      loop
        fetch queue into candidate;
        exit when not found;
        if nth is not null and candidate.last_received_at > coalesce(line.last_stamp, '-infinity') then
          hand.elsewhere := hand.elsewhere || candidate.subscription_id;  -- served since the line was read, and committed
          gone := gone || candidate.subscription_id;
          continue;
        elsif nth is null and of_batch then
          -- By deficit: what it gets just now counts first, whoever would be next without it.
          held_up := case when candidate.subscription_id = any (hand.served) then 'own'
                          when serving(candidate.subscription_id) = any (hand.busy) then 'others' end;
          if held_up is not null then
            hand.elsewhere := hand.elsewhere || candidate.subscription_id;
            exit;
          end if;
        end if;
        -- A company's own list and a consent are of the person, not of the lead: looked up once, asked after every rule of the lead.
        candidate.refusal := coalesce(candidate.refusal,
          case when candidate.provider_id = any (unwanted) then 'own_list'
               when candidate.provider_id <> all (named) then 'consent_unnamed' end);
        if of_batch and (candidate.refusal is null and candidate.provider_id = any (hand.buyers) or paying(candidate.provider_id, lead.niche_id) = any (hand.busy)) then
          can_pay := distribution_can_pay(candidate.provider_id, lead.niche_id, level.price_cents, hand);
          held_up := case when can_pay is null then 'others' end;
          exit when held_up is not null;
          candidate.refusal := coalesce(candidate.refusal, case when not can_pay then 'insufficient_balance' end);
        end if;
        looked := looked + 1;
        if candidate.refusal is not null then
          skipped := skipped || candidate.refusal;
          continue;
        end if;
        queue_end := greatest(moment, queue_end + interval '1 microsecond');
        chosen := chosen || row(candidate.provider_id, candidate.subscription_id, level.id, level.price_cents,
                                open_slots[1], queue_end, candidate.last_received_at)::distribution_choice;
        open_slots := open_slots[2:];
        taken := taken || candidate.provider_id;
        gone := gone || candidate.subscription_id;
        wanted := wanted - 1;
        exit when wanted = 0;
      end loop;
      close queue;
      exit when nth is null or wanted = 0 or held_up is not null;
      low := high + 1;
      if low > cardinality(line.waiting) then
        exit when line.complete;
        hand.lines[nth] := line;
        hand := distribution_read_line(hand, nth, level.id);
        line := hand.lines[nth];
        exit when low > cardinality(line.waiting);
      end if;
    end loop;
    if nth is not null then
      foreach served in array gone loop
        line.waiting := array_remove(line.waiting, served);
      end loop;
      hand.lines[nth] := line;
      if wanted > 0 and held_up is null then
        -- Nobody is left but those who are being served: how that ends decides.
        held_up := (select case when bool_or(s.id = any (hand.elsewhere)) then 'others' else 'own' end
                      from subscription s where s.id = any (hand.elsewhere || hand.served) and s.level_id = level.id having count(*) > 0);
      end if;
    end if;
    is_exclusive := level.exclusive and cardinality(taken) > sold;
    exit when is_exclusive or held_up is not null;
  end loop;
  if of_batch then
    hand.served := hand.served || array(select c.subscription_id from unnest(chosen) c);
    hand.buyers := hand.buyers || array(select c.provider_id from unnest(chosen) c);
    hand.owed := hand.owed || array(select c.price_cents from unnest(chosen) c);
  end if;
  return row(chosen, open_slots, is_exclusive, looked, skipped, market_time, held_up, hand)::distribution_plan;
end $$;

-- Locks the wallets and subscriptions chosen, in the order of their providers, and tells whether all still may
-- receive. A caller who may not wait gets false as well when somebody else holds one of them.
create function distribution_lock(chosen distribution_choice[], may_wait boolean) returns boolean language plpgsql as $$
declare good integer;
begin
  if may_wait then
    select count(*) into good from (
      select c.seen, c.price_cents, c.owed, w.balance_cents, w.frozen_at, s.status, s.last_received_at
        from (select *, sum(c.price_cents) over (partition by c.provider_id) as owed from unnest(chosen) c order by provider_id, subscription_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id, c.subscription_id for no key update of w, s) l
     where l.status = 'active' and l.last_received_at is not distinct from l.seen
           and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.owed);
  else
    select count(*) into good from (
      select c.seen, c.price_cents, c.owed, w.balance_cents, w.frozen_at, s.status, s.last_received_at
        from (select *, sum(c.price_cents) over (partition by c.provider_id) as owed from unnest(chosen) c order by provider_id, subscription_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id, c.subscription_id for no key update of w, s skip locked) l
     where l.status = 'active' and l.last_received_at is not distinct from l.seen
           and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.owed);
  end if;
  return good = cardinality(chosen);
end $$;

-- What one run of a batch came to: over (nothing to write down), chosen, or put off: busy, because somebody else has what it
-- needs, or pending, because something of the same batch has to be written down first.
create type distribution_outcome as (
  verdict text, run_id uuid, lead_id uuid, niche_id uuid, correlation text, begun timestamptz, plan distribution_plan
);

-- Locks a lead, chooses its recipients and says that they are being served; what the batch has to know next is in the plan's hand. A
-- batch that `holds` wallets, as it wrote something down already, waits for nobody: it locks what it chose at once or is busy.
create function distribution_decide(of_run uuid, correlation text, moment timestamptz, first boolean, holds boolean, leads uuid[], hand distribution_hand)
returns distribution_outcome language plpgsql as $$
declare
  begun timestamptz := clock_timestamp(); run distribution_run; lead lead; niche niche; plan distribution_plan; obstacle text; cap smallint;
begin
  if first then
    select l.* into lead from lead l where l.id = (select r.lead_id from distribution_run r where r.id = of_run) for no key update;
  else
    select l.* into lead from lead l where l.id = (select r.lead_id from distribution_run r where r.id = of_run) for no key update skip locked;
    if lead.id is null then
      return row('busy', of_run, null, null, null, null, null)::distribution_outcome;
    elsif lead.id = any (leads) then
      return row('pending', of_run, lead.id, null, null, null, null)::distribution_outcome;
    end if;
  end if;
  select r.* into run from distribution_run r where r.id = of_run;
  if run.state is distinct from 'started' then
    return row('over', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  obstacle := case when lead.status <> 'approved' then 'lead_' || lead.status else lead_sale_refusal(lead.id, moment) end;
  if obstacle is not null then
    update distribution_run set state = 'failed', error = obstacle, finished_at = moment where id = of_run;
    return row('over', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  select n.* into niche from niche n where n.id = lead.niche_id;
  perform free_lapsed_holds(lead.id, moment);
  cap := slots_allowed(lead.id, niche.max_providers);
  loop
    plan := distribution_choose(lead, run.traversal, cap, moment, hand);
    exit when plan.held_up is null;
    if plan.held_up = 'own' then
      return row('pending', of_run, lead.id, null, null, null, null)::distribution_outcome;
    elsif holds then
      return row('busy', of_run, lead.id, null, null, null, null)::distribution_outcome;
    end if;
    perform distribution_pass(array[niche.id]);  -- the batch before has ended
    hand.lines := '{}';
    hand.busy := '{}';
    hand.elsewhere := '{}';
  end loop;
  if holds and not distribution_lock(plan.chosen, false) then
    return row('busy', of_run, lead.id, null, null, null, null)::distribution_outcome;
  end if;
  perform pg_advisory_xact_lock(serving(c.subscription_id)), pg_advisory_xact_lock_shared(paying(c.provider_id, niche.id)) from unnest(plan.chosen) c;
  return row('chosen', of_run, lead.id, niche.id, correlation, begun, plan)::distribution_outcome;
end $$;

-- What was chosen for the leads of a batch, one row a sale, with the ids that count on from `base`: in the order of the sales.
create function distribution_sales(batch distribution_outcome[], base uuid)
returns table (lead_id uuid, niche_id uuid, run_id uuid, correlation text, day date, n bigint, provider_id uuid, subscription_id uuid, level_id uuid,
               price_cents bigint, slot_no smallint, assignment_id uuid, transfer_id uuid, entry_id uuid, mail_id uuid)
language sql stable as $$
  select n.*, uuid_step(base, 4 * n.n), uuid_step(base, 4 * n.n + 1), uuid_step(base, 4 * n.n + 2), uuid_step(base, 4 * n.n + 3)
    from (select o.lead_id, o.niche_id, o.run_id, o.correlation, (o.plan).market_time::date, row_number() over (order by o.nth, c.slot_no) as n,
                 c.provider_id, c.subscription_id, c.level_id, c.price_cents, c.slot_no
            from unnest(batch) with ordinality as o (verdict, run_id, lead_id, niche_id, correlation, begun, plan, nth), unnest((o.plan).chosen) c) n
$$;

-- Writes down of a batch what no wallet has a say in, while the one before is still being committed: slots, trail, mail. One
-- statement for all, so that the executor starts once. Returns the id from which those of the batch count on.
create function distribution_announce(batch distribution_outcome[], moment timestamptz, inbox_url text, by_id uuid, by_role text, by_ip inet)
returns uuid language plpgsql as $$
declare base uuid := dated_id(moment);
begin
  if batch = '{}' then
    return base;
  end if;
  with chosen as materialized (
    select * from distribution_sales(batch, base)
  ), told as (
    select o.*, m.name as market, n.name as niche
      from unnest(batch) with ordinality as o (verdict, run_id, lead_id, niche_id, correlation, begun, plan, nth)
      join lead l on l.id = o.lead_id join market m on m.id = l.market_id join niche n on n.id = o.niche_id
  ), opened as (
    insert into slot as s (lead_id, slot_no, state, provider_id)
    select lead_id, slot_no, 'sold', provider_id from chosen
    union all
    select t.lead_id, slot_no, case when (t.plan).is_exclusive then 'void' else 'free' end, null
      from told t, unnest((t.plan).open_slots) slot_no
    on conflict (lead_id, slot_no) do update
      set state = excluded.state, provider_id = excluded.provider_id, expires_at = null, quote = null, held_at = null, extended_at = null
  ), noted as (
    insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip, correlation_id)
    select entry_id, moment, by_id, by_role, 'lead.assigned', 'assignment', assignment_id,
           jsonb_build_object('lead_id', lead_id, 'provider_id', provider_id, 'level_id', level_id, 'price_cents', price_cents),
           by_ip, correlation from chosen
    union all
    select uuid_step(base, 4 * ((select count(*) from chosen) + nth)), moment, by_id, by_role, 'lead.distributed', 'lead', lead_id,
           jsonb_build_object('run_id', run_id, 'assigned', cardinality((plan).chosen),
                              'sold_out', cardinality((plan).open_slots) = 0 or (plan).is_exclusive),
           by_ip, correlation from told
  )
  insert into outbox (id, kind, key, payload, run_at, correlation_id, created_at)
  select c.mail_id, 'email', 'new_lead:' || c.assignment_id,
         jsonb_build_object('template', 'new_lead', 'provider_id', c.provider_id, 'context', jsonb_build_object(
           'niche', t.niche, 'market', t.market, 'level', l.name, 'link', inbox_url || c.assignment_id,
           'price', to_char(c.price_cents / 100.0, 'FM$999,999,990.00'))),
         moment, c.correlation, moment
    from told t join chosen c on c.lead_id = t.lead_id join competition_level l on l.id = c.level_id;
  return base;
end $$;

-- Writes down the sales of a batch whose wallets are locked: charges, assignments, places in the queue, cap counters. The
-- trigger on transfer moves the wallets.
create function distribution_charge(batch distribution_outcome[], base uuid, moment timestamptz, by_id uuid) returns void language plpgsql as $$
declare revenue uuid := (select id from ledger_account where kind = 'revenue' and provider_id is null limit 1);
begin
  with chosen as materialized (
    select * from distribution_sales(batch, base)
  ), charged as (
    insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id,
                          wallet_balance_cents, idempotency_key, at)
    select c.transfer_id, w.account_id, revenue, c.price_cents, 'lead_charge', 'assignment', c.assignment_id, by_id,
           w.balance_cents - sum(c.price_cents) over (partition by c.provider_id order by c.n), 'sale:' || c.lead_id || ':' || c.provider_id, moment
      from chosen c join wallet w on w.provider_id = c.provider_id where c.price_cents > 0
  ), queued as (
    update subscription s set last_received_at = greatest(moment - interval '1 microsecond', e.queue_end) + c.nth * interval '1 microsecond'
      from (select c.subscription_id, c.level_id, row_number() over (partition by c.level_id order by c.n) as nth from chosen c) c
      join (select l.id, (select q.last_received_at from subscription q where q.level_id = l.id and q.status = 'active'
                           order by q.last_received_at desc nulls last, q.provider_id desc limit 1) as queue_end
              from (select distinct level_id as id from chosen) l) e on e.id = c.level_id
     where s.id = c.subscription_id
  ), counted as (
    insert into subscription_usage as u (subscription_id, day, leads, spent_cents)
    select subscription_id, day, 1, price_cents from chosen
    on conflict (subscription_id, day) do update
      set leads = u.leads + 1, spent_cents = u.spent_cents + excluded.spent_cents
  )
  insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, subscription_id, run_id, price_cents,
                          transfer_id, assigned_at, search_bits)
  select assignment_id, s.lead_id, provider_id, slot_no, 'distribution', s.niche_id, level_id, subscription_id, run_id,
         price_cents, case when price_cents > 0 then transfer_id end, moment, c.search_bits
    from chosen s join lead l on l.id = s.lead_id join contact c on c.id = l.contact_id;
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

-- A niche has two doors. Behind the first one batch at a time chooses: each choice must follow the one before it. Behind the
-- second one batch at a time is written down and committed, beside the next one's choice; who has passed it leaves the first. So
-- whoever is found being served is in the batch just before, and can't be due again before its own batch is over. The first
-- door's lock is the session's, since it is given back before the commit.
create function distribution_door(niche_id uuid) returns bigint language sql immutable parallel safe as $$
  select hashtextextended('distribution:' || niche_id, 0)
$$;
-- Returns the niches whose door it has to leave again. A transaction that has passed a niche's second door already, by a
-- batch before, doesn't wait at the first, where the next one may stand and wait for it.
create function distribution_enter(niches uuid[]) returns uuid[] language plpgsql as $$
declare one uuid; entered uuid[] := '{}';
begin
  foreach one in array niches loop
    if position(one::text in coalesce(current_setting('distribution.passed', true), '')) = 0 then
      perform pg_advisory_lock(distribution_door(one));
      entered := entered || one;
    end if;
  end loop;
  return entered;
end $$;
create function distribution_pass(niches uuid[]) returns void language plpgsql as $$
declare one uuid;
begin
  foreach one in array niches loop
    perform pg_advisory_xact_lock(hashtextextended('recording:' || one, 0)),
            set_config('distribution.passed', concat_ws(' ', current_setting('distribution.passed', true), one), true);
  end loop;
end $$;
create function distribution_leave(entered uuid[]) returns void language plpgsql as $$
declare one uuid;
begin
  foreach one in array entered loop
    perform pg_advisory_unlock(distribution_door(one));
  end loop;
end $$;

-- Writes down the rest of a batch, behind the second door. Unless the batch `holds` what it chose, that is locked here;
-- when something the choice depends on is no longer so, everything is undone and chosen anew.
create function distribution_settle(batch distribution_outcome[], base uuid, holds boolean, moment timestamptz, by_id uuid)
returns void language plpgsql as $$
begin
  if batch <> '{}' then
    if not holds and not distribution_lock(array(select c from unnest(batch) o, unnest((o.plan).chosen) c), true) then
      raise exception 'chosen anew' using errcode = 'HL001';
    end if;
    perform distribution_charge(batch, base, moment, by_id);
    perform distribution_record_ends(batch, moment);
  end if;
end $$;

-- Carries out runs one after the other and returns them, over (SPEC 5.3): all of them or nothing. Locks are taken in the order
-- first door, leads, served subscriptions, second door, wallets and subscriptions by provider. A line that comes round within
-- the batch has the first part written down before the rest is decided; from then on the batch holds wallets and waits for
-- nobody: it ends where it would have to, and the caller commits and comes again with the rest.
create function distribution_assign(runs uuid[], correlations text[], moment timestamptz, inbox_url text,
                                    by_id uuid, by_role text, by_ip inet)
returns setof distribution_run language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_bitmapscan = off set enable_material = off set enable_memoize = off as $$
declare
  nobody distribution_hand := row('{}', '{}', '{}', '{}', '{}', '{}');
  niches uuid[] := array(select distinct r.niche_id from distribution_run r where r.id = any (runs) order by 1);
  batch distribution_outcome[]; leads uuid[]; hand distribution_hand; one distribution_outcome; over integer; holds boolean; choosing boolean;
  entered uuid[]; base uuid;
begin
  loop
    begin
      batch := '{}'; leads := '{}'; hand := nobody; over := 0; holds := false; choosing := true; entered := null;
      entered := distribution_enter(niches);
      hand.busy := locks_of_others();
      for n in 1 .. cardinality(runs) loop
        one := distribution_decide(runs[n], correlations[n], moment, n = 1, holds, leads, hand);
        if one.verdict = 'pending' then
          base := distribution_announce(batch, moment, inbox_url, by_id, by_role, by_ip);
          perform distribution_pass(niches);
          perform distribution_settle(batch, base, holds, moment, by_id);
          perform pg_advisory_xact_lock(serving(one_niche)) from unnest(niches) one_niche;
          batch := '{}'; leads := '{}'; hand := nobody; holds := true;
          one := distribution_decide(runs[n], correlations[n], moment, false, holds, leads, hand);
        end if;
        exit when one.verdict in ('busy', 'pending');
        over := n;
        if one.verdict = 'chosen' then
          hand := (one.plan).hand;
          one.plan.hand := null;
          batch := batch || one;
          leads := leads || one.lead_id;
          exit when cardinality(hand.served) >= 400;  -- each is a lock of the server, which has room for some thousands
        end if;
      end loop;
      base := distribution_announce(batch, moment, inbox_url, by_id, by_role, by_ip);
      perform distribution_pass(niches);
      perform distribution_leave(entered);
      choosing := false;
      perform distribution_settle(batch, base, holds, moment, by_id);
      return query select r.* from unnest(runs[:over]) with ordinality as asked (id, n) join distribution_run r on r.id = asked.id order by asked.n;
      return;
    exception
      when sqlstate 'HL001' then
        if choosing then
          perform distribution_leave(coalesce(entered, niches));
        end if;
      when query_canceled or others then
        if choosing then
          perform distribution_leave(coalesce(entered, niches));
        end if;
        raise;
    end;
  end loop;
end $$;
