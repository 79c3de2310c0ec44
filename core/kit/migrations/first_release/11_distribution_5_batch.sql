-- The engine, fifth part: batch follows batch, each chosen while the one before is written down (docs/adr/0003).

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
