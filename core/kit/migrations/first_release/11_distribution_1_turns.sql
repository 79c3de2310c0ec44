-- The engine (SPEC 5), first part: its runs, and whose turn it is.

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
