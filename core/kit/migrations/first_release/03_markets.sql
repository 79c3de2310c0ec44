-- Geographic markets (SPEC 0). Markets share no land and no ZIP: the verbs that add one take a lock and cut
-- it at its neighbours; the primary key of market_zip holds the second half whatever they do.
create table market (
  id uuid primary key,
  name text not null unique check (length(name) between 1 and 100),
  slug text not null unique check (slug ~ '^[a-z0-9-]+$'),
  state text not null check (length(state) = 2),
  timezone text not null,                -- IANA name
  boundary geometry(MultiPolygon, 4326) not null check (ST_IsValid(boundary)),
  centre geometry(Point, 4326) not null,
  status text not null default 'open' check (status in ('open', 'closed')),
  created_at timestamptz not null
);
create index market_boundary on market using gist (boundary);

create table market_zip (
  zip text primary key check (zip ~ '^[0-9]{5}$'),
  market_id uuid not null references market,
  city text not null,
  county text not null,
  state text not null,
  centre geometry(Point, 4326) not null,
  radius_m integer not null check (radius_m > 0),
  shape geometry(MultiPolygon, 4326) not null check (ST_IsValid(shape))  -- its piece of the market: nearest centroid
);
create index market_zip_market on market_zip (market_id, county);
create index market_zip_shape on market_zip using gist (shape);
