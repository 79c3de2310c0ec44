-- The engine, third part: who gets a lead. Nothing is written here.

-- One recipient chosen for a lead; `seen` is its place in its level's queue then.
create type distribution_choice as (
  provider_id uuid, subscription_id uuid, level_id uuid, price_cents bigint, slot_no smallint, seen timestamptz
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
-- `taken` are the providers who have the lead, or will.
create type distribution_plan as (
  chosen distribution_choice[], open_slots smallint[], taken uuid[], is_exclusive boolean, looked integer, skipped text[],
  market_time timestamp, held_up text, hand distribution_hand
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

-- The last place of a level's queue. Whoever is served comes after it, each a microsecond behind the other: with equal places
-- those of one run would be served again in the order of their ids instead of their turn.
create function queue_end(of_level uuid) returns timestamptz language plpgsql stable as $$
begin
  return (select s.last_received_at from subscription s where s.level_id = of_level and s.status = 'active'
           order by s.last_received_at desc nulls last, s.provider_id desc limit 1);
end $$;

-- Goes on reading a line, as much again as was read of it. Who is being served by the batch before, whatever the row still
-- says, stands at its end: left out, and noted in the hand.
create function distribution_read_line(hand distribution_hand, nth integer, of_level uuid) returns distribution_hand language plpgsql as $$
declare
  line distribution_line := coalesce(hand.lines[nth], row(of_level, '{}', null, null, null, false)::distribution_line);
  page uuid[]; most integer := greatest(300, cardinality(line.waiting));
begin
  if line.reached_by is null then
    line.last_stamp := queue_end(line.level_id);
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

-- Walks along one level's queue until `wanted` recipients are found, and adds them to the plan. A line of a batch is read in
-- pieces; whoever gets the lead, or was served since it was read, leaves it.
create function distribution_walk(plan distribution_plan, lead lead, of_level uuid, rotation text, price_cents bigint, wanted integer,
                                  unwanted uuid[], named uuid[])
returns distribution_plan language plpgsql as $$
declare
  hand distribution_hand := plan.hand; of_batch boolean := hand.served is not null; in_line boolean := of_batch and rotation = 'longest_wait';
  nth integer; line distribution_line; low integer := 1; high integer; gone uuid[] := '{}'; served uuid; can_pay boolean;
  queue refcursor; candidate record;
begin
  if in_line then
    nth := coalesce((select n from unnest(hand.lines) with ordinality as l (level_id, w, s, at, by, c, n) where l.level_id = of_level),
                    cardinality(hand.lines) + 1);
    if nth > cardinality(hand.lines) then
      hand := distribution_read_line(hand, nth, of_level);
    end if;
    line := hand.lines[nth];
  end if;
  loop
    high := low + 8 + 4 * wanted;
    queue := distribution_open(lead, of_level, rotation, plan.market_time, plan.taken, case when in_line then line.waiting[low:high] end);
    loop
      fetch queue into candidate;
      exit when not found;
      if in_line and candidate.last_received_at > coalesce(line.last_stamp, '-infinity') then
        hand.elsewhere := hand.elsewhere || candidate.subscription_id;  -- served since the line was read, and committed
        gone := gone || candidate.subscription_id;
        continue;
      elsif of_batch and not in_line then
        -- By deficit: what it gets just now counts first, whoever would be next without it.
        plan.held_up := case when candidate.subscription_id = any (hand.served) then 'own'
                             when serving(candidate.subscription_id) = any (hand.busy) then 'others' end;
        exit when plan.held_up is not null;
      end if;
      -- A company's own list and a consent are of the person, not of the lead: looked up once, asked after every rule of the lead.
      candidate.refusal := coalesce(candidate.refusal,
        case when candidate.provider_id = any (unwanted) then 'own_list'
             when candidate.provider_id <> all (named) then 'consent_unnamed' end);
      if of_batch and (candidate.refusal is null and candidate.provider_id = any (hand.buyers) or paying(candidate.provider_id, lead.niche_id) = any (hand.busy)) then
        can_pay := distribution_can_pay(candidate.provider_id, lead.niche_id, price_cents, hand);
        plan.held_up := case when can_pay is null then 'others' end;
        exit when plan.held_up is not null;
        candidate.refusal := coalesce(candidate.refusal, case when not can_pay then 'insufficient_balance' end);
      end if;
      plan.looked := plan.looked + 1;
      if candidate.refusal is not null then
        plan.skipped := plan.skipped || candidate.refusal;
        continue;
      end if;
      plan.chosen := plan.chosen || row(candidate.provider_id, candidate.subscription_id, of_level, price_cents, plan.open_slots[1],
                                        candidate.last_received_at)::distribution_choice;
      plan.open_slots := plan.open_slots[2:];
      plan.taken := plan.taken || candidate.provider_id;
      gone := gone || candidate.subscription_id;
      wanted := wanted - 1;
      exit when wanted = 0;
    end loop;
    close queue;
    exit when not in_line or wanted = 0 or plan.held_up is not null;
    low := high + 1;
    if low > cardinality(line.waiting) then
      exit when line.complete;
      hand.lines[nth] := line;
      hand := distribution_read_line(hand, nth, of_level);
      line := hand.lines[nth];
      exit when low > cardinality(line.waiting);
    end if;
  end loop;
  if in_line then
    foreach served in array gone loop
      line.waiting := array_remove(line.waiting, served);
    end loop;
    hand.lines[nth] := line;
    if wanted > 0 and plan.held_up is null then
      -- Nobody is left but those who are being served: how that ends decides.
      plan.held_up := (select case when bool_or(s.id = any (hand.elsewhere)) then 'others' else 'own' end
                         from subscription s where s.id = any (hand.elsewhere || hand.served) and s.level_id = of_level having count(*) > 0);
    end if;
  end if;
  plan.hand := hand;
  return plan;
end $$;

-- Chooses the recipients of one lead (SPEC 5.2): each level once, in the order of the traversal; within a level
-- least recently served first, or whoever is owed most (`deficit_now` in 33_fairness.sql), as the level says. `open_slots`
-- of the plan are those that stay open. With a hand, the choice follows what its own batch and the one before decided: whom
-- they serve has gone to the end of the queue, and paid. Locks nothing.
create function distribution_choose(lead lead, traversal uuid[], cap smallint, moment timestamptz, hand distribution_hand default null)
returns distribution_plan language plpgsql as $$
declare
  plan distribution_plan := row('{}', '{}', '{}', false, 0, '{}', null, null, hand); unwanted uuid[]; named uuid[];
  first_run boolean; sold integer; level record; refusals text[];
begin
  select timezone(m.timezone, moment) into plan.market_time from market m where m.id = lead.market_id;
  select coalesce(array_agg(s.slot_no order by s.slot_no) filter (where s.state = 'free' or s.expires_at < moment), '{}'),
         coalesce(array_agg(s.provider_id) filter (where s.state = 'sold' or s.expires_at >= moment), '{}'), count(*) = 0
    into plan.open_slots, plan.taken, first_run from slot s where s.lead_id = lead.id;
  if first_run then
    plan.open_slots := array(select generate_series(1, cap));
  end if;
  unwanted := own_lists_refusing(lead.id, moment);
  named := consent_named_only(lead.id, moment);
  for level in
    select l.id, l.active, l.exclusive, l.price_cents, l.rotation, l.max_recipients - case when first_run then 0 else
             (select count(*) from assignment a where a.lead_id = lead.id and a.level_id = l.id and a.channel = 'distribution') end as lacking
      from unnest(traversal) with ordinality as t (id, n) join competition_level l on l.id = t.id order by t.n
  loop
    sold := cardinality(plan.taken);
    refusals := level_refusals(level.active, level.exclusive, cardinality(plan.open_slots), sold, level.lacking::integer);
    if refusals <> '{}' then
      plan.skipped := plan.skipped || refusals[1];
      continue;
    end if;
    plan := distribution_walk(plan, lead, level.id, level.rotation, level.price_cents,
                              case when level.exclusive then 1 else least(level.lacking, cardinality(plan.open_slots)) end::integer, unwanted, named);
    plan.is_exclusive := level.exclusive and cardinality(plan.taken) > sold;
    exit when plan.is_exclusive or plan.held_up is not null;
  end loop;
  hand := plan.hand;
  if hand.served is not null then
    hand.served := hand.served || array(select c.subscription_id from unnest(plan.chosen) c);
    hand.buyers := hand.buyers || array(select c.provider_id from unnest(plan.chosen) c);
    hand.owed := hand.owed || array(select c.price_cents from unnest(plan.chosen) c);
    plan.hand := hand;
  end if;
  return plan;
end $$;
