-- What is on sale, ready to be searched, and how its prices moved (SPEC 9.1, 10.1).

-- Prices of listings as they moved, each with the lines that made it.
create table price_history (
  lead_id uuid not null references lead,
  at timestamptz not null,
  price_cents bigint not null check (price_cents > 0),
  receipt jsonb not null,
  primary key (lead_id, at)
);
call make_append_only('price_history');

-- A later run of the lead may get more for it than it costs on sale: in its first day the listing is lifted to that at once,
-- and not when it is priced the next time (SPEC 9.4).
create function lift_to_floor() returns trigger language plpgsql as $$
declare sold_at timestamptz := (select max(a.assigned_at) from assignment a where a.lead_id = new.lead_id and a.channel = 'distribution');
begin
  if new.opened_at > sold_at - interval '24 hours' then
    new.receipt := new.receipt || jsonb_build_object(
      'floor_cents', new.price_floor_cents, 'ceiling_cents', greatest((new.receipt ->> 'ceiling_cents')::bigint, new.price_floor_cents),
      'lines', new.receipt -> 'lines' || jsonb_build_object(
        'key', 'floor', 'label', 'Not below what distribution got', 'cents', new.price_floor_cents - new.price_cents));
    new.price_cents := new.price_floor_cents;
    insert into price_history (lead_id, at, price_cents, receipt) values (new.lead_id, sold_at, new.price_cents, new.receipt)
    on conflict do nothing;
  end if;
  return new;
end $$;
create trigger lift_to_floor before update of price_floor_cents on listing for each row
  when (new.price_floor_cents > old.price_floor_cents and new.price_floor_cents > new.price_cents) execute function lift_to_floor();

-- One row per open listing: a copy of what strangers may see, so that a search reads one small table. Place is the public
-- point (`ground` the same in the map's metres), words are free of contact data, facts are answers that can't tell who asks.
-- `free` and `held_until` tell how many places are left at any moment without asking the slots: a hold that ran out counts
-- as free by itself. `appeal` orders by quality and age at once: both fall by the same as time goes by, so the order stands
-- still. Room is left in its pages, because a hold changes the row and none of its indexes.
create table on_sale (
  lead_id uuid primary key references listing,
  niche_id uuid not null references niche,
  market_id uuid not null references market,
  zip text not null,
  place geometry(Point, 4326) not null,
  ground geometry(Point, 3857) not null,
  accuracy_m integer not null,
  quality real,
  price_cents bigint not null check (price_cents > 0),
  floor_cents bigint not null,
  places smallint not null,
  free smallint not null,
  held_until timestamptz[] not null,     -- ends of the live holds, the soonest first
  submitted_at timestamptz not null,
  opened_at timestamptz not null,
  closes_at timestamptz not null,
  facts jsonb not null,                  -- [{"label", "value"}], in the form's order
  words text not null,
  tsv tsvector not null generated always as (to_tsvector('english', words)) stored,
  appeal double precision not null generated always as
    (coalesce(quality, 50) + 4 * extract(epoch from opened_at at time zone 'UTC') / 86400) stored
) with (fillfactor = 85);
create index on_sale_ground on on_sale using gist (niche_id, ground);
create index on_sale_anywhere on on_sale using gist (ground, tsv);
create index on_sale_words on on_sale using gin (words gin_trgm_ops);
create index on_sale_text on on_sale using gin (tsv);
create index on_sale_newest on on_sale (opened_at desc, lead_id desc);
create index on_sale_price on on_sale (price_cents, lead_id);
-- What a discount can't undercut in a listing's first day, in the order of what is paid then (marketplace/paging.py).
create index on_sale_floor on on_sale ((least(floor_cents, price_cents)), price_cents, lead_id) where floor_cents > 0;
create index on_sale_quality on on_sale ((coalesce(quality, -1)) desc, lead_id desc);
create index on_sale_appeal on on_sale (appeal desc, lead_id desc);
create index on_sale_zip on on_sale (zip);

-- The map's layer: listings counted in squares of 64, 16, 4 and 1 km of the public points (EPSG:3857), by niche. Writers
-- only add differences, so that two of them never wait for one square; `fold_cells` sums them up now and then.
create table sale_cell (
  level smallint not null,
  niche_id uuid not null references niche,
  x integer not null,
  y integer not null,
  listings integer not null,
  cents bigint not null,
  primary key (level, x, y, niche_id)
);
-- A change of a cell's count that is not yet added to it, so that writers need not wait for each other.
create table sale_cell_step (
  id bigint generated always as identity primary key,
  level smallint not null,
  niche_id uuid not null,
  x integer not null,
  y integer not null,
  listings integer not null,
  cents bigint not null
);
create function cell_size(level smallint) returns double precision language sql immutable parallel safe as $$
  select (array[64000, 16000, 4000, 1000])[level + 1]::double precision
$$;
create function note_cells(niche uuid, ground geometry, listings integer, cents bigint) returns void language sql as $$
  insert into sale_cell_step (level, niche_id, x, y, listings, cents)
  select n, niche, floor(ST_X(ground) / cell_size(n::smallint))::integer, floor(ST_Y(ground) / cell_size(n::smallint))::integer, listings, cents
    from generate_series(0, 3) n
$$;
create function count_cells() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    perform note_cells(old.niche_id, old.ground, -1, -old.price_cents);
  end if;
  if tg_op <> 'DELETE' then
    perform note_cells(new.niche_id, new.ground, 1, new.price_cents);
  end if;
  return null;
end $$;
create trigger count_cells after insert or delete on on_sale for each row execute function count_cells();
create trigger count_moved_cells after update of niche_id, ground, price_cents on on_sale for each row
  -- As bytes: pg_restore, whose search path is empty, can't tell which = two geometries are compared by.
  when ((old.niche_id, ST_AsBinary(old.ground), old.price_cents) is distinct from (new.niche_id, ST_AsBinary(new.ground), new.price_cents))
  execute function count_cells();
create function fold_cells() returns integer language plpgsql as $$
declare folded integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('fold_cells', 0));
  with taken as (
    delete from sale_cell_step returning level, niche_id, x, y, listings, cents
  ), summed as (
    select level, niche_id, x, y, sum(listings)::integer as listings, sum(cents)::bigint as cents, count(*) as n
      from taken group by level, niche_id, x, y
  ), added as (
    insert into sale_cell as c (level, niche_id, x, y, listings, cents)
    select level, niche_id, x, y, listings, cents from summed
    on conflict (level, x, y, niche_id) do update set listings = c.listings + excluded.listings, cents = c.cents + excluded.cents
  )
  select coalesce(sum(n), 0)::integer into folded from summed;
  delete from sale_cell where listings = 0;
  return folded;
end $$;

-- How many places a lead has, how many are free, until when the others are held.
create function places_of(of_lead uuid, out places smallint, out free smallint, out held_until timestamptz[])
language sql stable as $$
  select count(*) filter (where s.state <> 'void'), count(*) filter (where s.state = 'free'),
         coalesce(array_agg(s.expires_at order by s.expires_at) filter (where s.state = 'held'), '{}')
    from slot s where s.lead_id = of_lead
$$;

-- A listing that opens asks to be made searchable; one that closes, or whose price moves, shows at once.
create function ask_to_publish() returns trigger language plpgsql as $$
begin
  insert into outbox (id, kind, key, payload, priority, run_at, created_at)
  values (uuid7(), 'listing.publish', new.lead_id::text, jsonb_build_object('lead_id', new.lead_id), 4, new.opened_at, new.opened_at)
  on conflict (kind, key) where state in ('ready', 'taken') do nothing;
  return null;
end $$;
create trigger ask_to_publish after insert on listing for each row execute function ask_to_publish();
create function follow_listing() returns trigger language plpgsql as $$
begin
  if new.state = 'closed' then
    delete from on_sale where lead_id = new.lead_id;
  else
    update on_sale set price_cents = new.price_cents, floor_cents = new.price_floor_cents
     where lead_id = new.lead_id and (price_cents, floor_cents) <> (new.price_cents, new.price_floor_cents);
  end if;
  return null;
end $$;
create trigger follow_listing after update of state, price_cents, price_floor_cents on listing for each row
  when ((old.state, old.price_cents, old.price_floor_cents) is distinct from (new.state, new.price_cents, new.price_floor_cents))
  execute function follow_listing();

-- What is left of a listing follows its slots. Who changes a slot has the lead's row; the listing's comes before its copy,
-- as for everybody else who writes both.
create function follow_slot() returns trigger language plpgsql as $$
begin
  perform from listing i where i.lead_id = new.lead_id and i.state = 'open' for no key update;
  if found then
    update on_sale o set places = s.places, free = s.free, held_until = s.held_until from places_of(new.lead_id) s where o.lead_id = new.lead_id;
  end if;
  return null;
end $$;
create trigger follow_slot after update of state, expires_at on slot for each row
  when ((old.state, old.expires_at) is distinct from (new.state, new.expires_at)) execute function follow_slot();

-- A lead that is no longer for sale can't be found, whatever took it away: withdrawn, quarantined, sold out, erased. What will
-- never come back is closed, or it would count as supply and be priced for ever.
create function follow_lead() returns trigger language plpgsql as $$
begin
  if new.status <> 'approved' then
    delete from on_sale where lead_id = new.id;
    if new.status in ('withdrawn', 'rejected', 'erased') then
      update listing set state = 'closed', closed_at = new.updated_at where lead_id = new.id and state = 'open';
    end if;
  elsif exists (select from listing i where i.lead_id = new.id and i.state = 'open') then
    insert into outbox (id, kind, key, payload, priority, run_at, created_at)
    values (uuid7(), 'listing.publish', new.id::text, jsonb_build_object('lead_id', new.id), 4, new.updated_at, new.updated_at)
    on conflict (kind, key) where state in ('ready', 'taken') do nothing;
  end if;
  return null;
end $$;
create trigger follow_lead after update of status on lead for each row
  when (old.status <> new.status and ('approved' in (old.status, new.status) or old.status = 'quarantined')) execute function follow_lead();

-- Who looked at what: for demand, recently viewed, success figures and the models (SPEC 9.5, 12.2).
create table market_event (
  id uuid primary key,
  kind text not null check (kind in ('view', 'search', 'hold', 'purchase')),
  user_id uuid not null,
  provider_id uuid references provider,
  lead_id uuid references lead,
  query jsonb,
  found integer check (found >= 0),
  at timestamptz not null,
  check ((kind = 'search') = (query is not null)),
  check ((kind = 'search') = (lead_id is null))
) partition by range (id);
create index market_event_viewed on market_event (user_id, id desc) where kind = 'view';
create index market_event_lead on market_event (lead_id, id) where lead_id is not null;
create index market_event_at on market_event (at);

-- A search that somebody named, and how often they want to be told what is new in it (SPEC 9.1).
create table saved_search (
  id uuid primary key,
  provider_id uuid not null references provider,
  user_id uuid not null references user_account,
  name text not null check (length(name) between 1 and 80),
  query jsonb not null,
  alert_hours integer check (alert_hours between 1 and 168),  -- at most one mail in so many hours; null: none
  alerted_at timestamptz not null,
  created_at timestamptz not null,
  unique (user_id, name)
);
create index saved_search_due on saved_search (alerted_at) where alert_hours is not null;

-- Which listings a search's owner was told of, so that an alert may look back and yet say nothing twice.
create table saved_search_told (
  search_id uuid not null references saved_search on delete cascade,
  lead_id uuid not null references lead,
  at timestamptz not null,
  primary key (search_id, lead_id)
);
create index saved_search_told_old on saved_search_told (at);
