-- Why, or why not (SPEC 4.5, 5.5): versions of what decides, the past as views, one row per subscription considered.

-- How a row stood from a moment on, in the columns that decide who gets a lead; null: it was taken away. Written by
-- triggers on those columns alone, so that a sale, which touches none of them, writes nothing here.
-- Ids come from the same order as those of sales (`dated_id`), so it can be told what was changed before which sale.
create table row_version (
  id uuid primary key,
  table_name text not null check (table_name in ('subscription', 'competition_level', 'provider', 'provider_area', 'wallet', 'niche', 'fairness')),
  row_id uuid not null,
  since timestamptz not null,
  state jsonb
);
create index row_version_of_row on row_version (row_id, table_name, id desc);
call make_append_only('row_version');

-- The row's own time says since when; a niche has none for its changes, so there the clock does.
create function keep_version() returns trigger language plpgsql as $$
declare
  was jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
  moment timestamptz := coalesce((was ->> tg_argv[1])::timestamptz, now());
  kept jsonb := (select jsonb_object_agg(name, was -> name) from unnest(string_to_array(tg_argv[2], ' ')) name);
begin
  if tg_table_name = 'provider_area' then
    kept := jsonb_build_object('shape', case when tg_op <> 'DELETE' then new.shape::text end);  -- exact, as GeoJSON is not
  end if;
  insert into row_version (id, table_name, row_id, since, state)
  values (dated_id(moment), tg_table_name, (was ->> tg_argv[0])::uuid, moment, case when tg_op <> 'DELETE' then kept end);
  return null;
end $$;

create trigger keep_version after insert or update of status, inactive_reason, filter_rules, filter_compiled, filter_valid, cap_leads_day,
  cap_leads_week, cap_leads_month, cap_spend_day_cents, cap_spend_week_cents, cap_spend_month_cents, delivery_hours, ended_at
  on subscription for each row execute function keep_version('id', 'updated_at', 'status inactive_reason filter_rules filter_compiled '
    'filter_valid cap_leads_day cap_leads_week cap_leads_month cap_spend_day_cents cap_spend_week_cents cap_spend_month_cents '
    'delivery_hours ended_at last_received_at');
create trigger keep_version after insert or update of price_cents, max_recipients, position, active, exclusive, rotation
  on competition_level for each row
  execute function keep_version('id', 'updated_at', 'price_cents max_recipients position active exclusive rotation');
create trigger keep_version after insert or update of status on provider for each row
  execute function keep_version('id', 'updated_at', 'status');
create trigger keep_version after insert or update of frozen_at on wallet for each row
  execute function keep_version('provider_id', 'updated_at', 'frozen_at');
create trigger keep_version after insert on niche for each row execute function keep_version('id', 'created_at', 'max_providers');
create trigger keep_version_changed after update of max_providers on niche for each row
  execute function keep_version('id', '', 'max_providers');
-- A provider's one shape is made anew by each change of its areas, which says when.
alter table provider_area add changed_at timestamptz not null default now();
create trigger keep_version after insert or update or delete on provider_area for each row
  execute function keep_version('provider_id', 'changed_at', '');

-- The past: views with the names that the engine's rules read, as of `past.moment` and before the sale `past.before`.
-- A function with `past` first in its search path has `eligibility` answer for then, by the one definition there is.
create schema past;

create function past.moment() returns timestamptz language sql stable as $$ select current_setting('past.moment')::timestamptz $$;
create function past.before() returns uuid language sql stable as $$ select current_setting('past.before')::uuid $$;

-- The least id that a row of that moment can have.
create function first_id(moment timestamptz) returns uuid language sql stable as $$
  select (lpad(to_hex((extract(epoch from least(moment, clock_timestamp()) - interval '1 minute') * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

create function past.state_of(of_table text, of_row uuid) returns jsonb language sql stable as $$
  select v.state from public.row_version v
   where v.row_id = of_row and v.table_name = of_table and v.id < past.before() order by v.id desc limit 1
$$;

-- A company's latest lead of a level, by distribution: its place in the line.
create function past.last_sale(of_provider uuid, of_level uuid) returns public.assignment language sql stable as $$
  select a from public.assignment a
   where a.provider_id = of_provider and a.level_id = of_level and a.channel = 'distribution' and a.id < past.before()
   order by a.id desc limit 1
$$;

create view past.subscription as
select s.id, s.provider_id, s.level_id, s.niche_id, v.status, v.inactive_reason, v.filter_rules, v.filter_compiled, v.filter_valid,
       v.cap_leads_day, v.cap_leads_week, v.cap_leads_month, v.cap_spend_day_cents, v.cap_spend_week_cents, v.cap_spend_month_cents,
       v.delivery_hours, greatest(v.last_received_at, (past.last_sale(s.provider_id, s.level_id)).assigned_at) as last_received_at,
       s.created_at, v.ended_at
  from public.subscription s
  cross join lateral past.state_of('subscription', s.id) as state
  cross join lateral jsonb_populate_record(null::public.subscription, state) v
 where state is not null;

create view past.competition_level as
select l.id, l.niche_id, l.name, v.price_cents, v.max_recipients, v.position, v.active, v.exclusive, v.rotation
  from public.competition_level l
  cross join lateral past.state_of('competition_level', l.id) as state
  cross join lateral jsonb_populate_record(null::public.competition_level, state) v
 where state is not null;

create view past.provider as
select p.id, past.state_of('provider', p.id) ->> 'status' as status from public.provider p;

create view past.niche as
select n.id, (past.state_of('niche', n.id) ->> 'max_providers')::smallint as max_providers from public.niche n;

create view past.provider_area as
select p.id as provider_id, (state ->> 'shape')::public.geometry(MultiPolygon, 4326) as shape
  from public.provider p cross join lateral past.state_of('provider_area', p.id) as state where state ->> 'shape' is not null;

-- What a wallet held: what it holds, without what moved it since. Sales of that very moment are told apart by their ids.
create view past.wallet as
select w.provider_id, w.account_id, (past.state_of('wallet', w.provider_id) ->> 'frozen_at')::timestamptz as frozen_at,
       w.balance_cents - coalesce((
         select sum(t.cents) from (
           select id, amount_cents as cents, kind, reference_id, at from public.transfer where credit_account_id = w.account_id and id >= first_id(past.moment())
           union all
           select id, -amount_cents, kind, reference_id, at from public.transfer where debit_account_id = w.account_id and id >= first_id(past.moment())) t
          where t.at > past.moment() or t.at = past.moment() and t.kind = 'lead_charge' and t.id >= past.before()
                and exists (select from public.assignment a where a.id = t.reference_id and a.channel = 'distribution')), 0)::bigint as balance_cents
  from public.wallet w;

create view past.subscription_usage as
select u.subscription_id, u.day, (u.leads - since.leads)::integer as leads, (u.spent_cents - since.cents)::bigint as spent_cents
  from public.subscription_usage u join public.subscription s on s.id = u.subscription_id
  cross join lateral (
    select count(*) as leads, coalesce(sum(a.price_cents), 0) as cents
      from public.assignment a join public.lead l on l.id = a.lead_id join public.market m on m.id = l.market_id
     where a.provider_id = s.provider_id and a.subscription_id = s.id and a.id >= past.before()
       and timezone(m.timezone, a.assigned_at)::date = u.day) since;

-- Where a finished run stands: the id that its first sale has or would have had. Every sale before it has a smaller one;
-- runs of one batch count on from one id, in their order (`distribution_sales`).
create function run_place(of_run distribution_run) returns uuid language sql stable as $$
  select uuid_step(uuid_step(own.id, 0), 4 * (1 + coalesce((
           select sum((e.after ->> 'assigned')::integer) from audit_entry e
            where e.id >= uuid_step(own.id, 0) and e.id < own.id and e.action = 'lead.distributed'), 0)))
    from audit_entry own
   where own.entity_type = 'lead' and own.entity_id = of_run.lead_id and own.action = 'lead.distributed'
     and own.after ->> 'run_id' = of_run.id::text limit 1
$$;

-- The walk of a finished run once more, on the past: every subscription that stood in its line, in turn. Those that
-- stood still are told too, which the engine never looks at, and those behind the last recipient, without a place.
create function distribution_walk(of_run uuid)
returns table (subscription_id uuid, level_id uuid, place integer, standing text, won boolean, newcomer boolean, refuses jsonb, seen jsonb)
language plpgsql set search_path = past, public set plan_cache_mode = force_generic_plan as $$
declare
  run distribution_run; lead lead; base uuid; taken uuid[]; market_time timestamp; first_run boolean; open_slots integer; sold integer;
  level record; candidate record; wanted integer; has_it boolean; reached integer := 0; unwanted uuid[]; named uuid[]; unnamed boolean;
begin
  select r.* into run from distribution_run r where r.id = of_run and r.state = 'finished';
  base := run_place(run);
  if base is null then
    return;
  end if;
  perform set_config('past.moment', run.finished_at::text, true), set_config('past.before', base::text, true);
  select l.* into lead from lead l where l.id = run.lead_id;
  select timezone(m.timezone, run.finished_at) into market_time from market m where m.id = lead.market_id;
  select coalesce(array_agg(a.provider_id), '{}') into taken from assignment a
   where a.lead_id = lead.id and a.run_id is distinct from run.id and a.assigned_at <= run.finished_at and (a.channel = 'marketplace' or a.id < base);
  first_run := not exists (select from distribution_run r where r.lead_id = lead.id and r.state = 'finished' and r.id < run.id);
  open_slots := case when first_run then slots_allowed(lead.id, (select n.max_providers from niche n where n.id = run.niche_id))
                     else (select count(*) from slot s where s.lead_id = lead.id) - cardinality(taken) end;
  unwanted := own_lists_refusing(lead.id, run.finished_at);
  named := consent_named_only(lead.id, run.finished_at);
  for level in
    select l.id, l.active, l.exclusive, l.rotation,
           l.max_recipients - case when first_run then 0 else (select count(*) from assignment a where a.lead_id = lead.id
             and a.level_id = l.id and a.channel = 'distribution' and a.id < base) end as lacking
      from unnest(run.traversal) with ordinality as t (id, n) join competition_level l on l.id = t.id order by t.n
  loop
    sold := cardinality(taken);
    continue when level_refusals(level.active, level.exclusive, open_slots, sold, level.lacking::integer) <> '{}';
    wanted := case when level.exclusive then 1 else least(level.lacking, open_slots) end;
    for candidate in
      select e.*, past.last_sale(e.provider_id, e.level_id) as sale
        from eligibility(lead.facts, lead.location, market_time, '{}') e where e.level_id = level.id and e.status <> 'ended'
       order by case when level.rotation = 'largest_deficit' then deficit_now(e.subscription_id, e.provider_id) end desc nulls last,
                e.last_received_at nulls first, (past.last_sale(e.provider_id, e.level_id)).id nulls first, e.provider_id
    loop
      place := case when wanted > 0 then reached + 1 end;
      reached := coalesce(place, reached);
      subscription_id := candidate.subscription_id;
      level_id := level.id;
      standing := candidate.status;
      has_it := candidate.provider_id = any (taken);
      unnamed := coalesce(candidate.provider_id <> all (named), false);
      refuses := candidate.refuses || jsonb_build_object('already_has_lead', has_it, 'own_list', candidate.provider_id = any (unwanted),
                                                         'consent_unnamed', unnamed);
      seen := candidate.seen;
      newcomer := candidate.last_received_at is null;
      won := wanted > 0 and candidate.refusal is null and not has_it and not candidate.provider_id = any (unwanted) and not unnamed;
      return next;
      if won then
        taken := taken || candidate.provider_id;
        open_slots := open_slots - 1;
        wanted := wanted - 1;
      end if;
    end loop;
    exit when level.exclusive and cardinality(taken) > sold;
  end loop;
end $$;

-- One row per subscription that a run considered; nothing of the lead is copied, so there is nothing to erase.
create table distribution_trace (
  run_id uuid not null references distribution_run,
  subscription_id uuid not null references subscription,
  level_id uuid not null references competition_level,
  place integer not null check (place > 0),          -- in the order of the walk
  verdict text not null check (verdict in ('won', 'refused', 'stood_still')),
  rule text,                                         -- the first that refused
  value jsonb,
  threshold jsonb,
  also text[] not null default '{}',                 -- the others that refused
  primary key (run_id, subscription_id),
  check ((verdict = 'won') = (rule is null))
);
create index distribution_trace_subscription on distribution_trace (subscription_id, run_id desc);

-- A run that was traced, and whether the walk found what the run itself had written down: sales, skips, number looked at.
create table distribution_traced (
  run_id uuid primary key references distribution_run,
  niche_id uuid not null references niche,
  agrees boolean not null,
  traced_at timestamptz not null
);
create index distribution_traced_niche on distribution_traced (niche_id, run_id desc);

-- Each of a company's areas with its distance from a place, and that of a circle's centre, in kilometres.
create function area_distances(of_provider uuid, place geometry) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_build_object(
           'name', a.name, 'kind', a.kind, 'definition', a.definition,
           'lacking_km', ST_Distance(a.shape::geography, place::geography) / 1000,
           'centre_km', ST_Distance(ST_Point((a.definition ->> 'lon')::float, (a.definition ->> 'lat')::float, 4326)::geography,
                                    place::geography) / 1000))
    from service_area a where a.provider_id = of_provider
$$;
