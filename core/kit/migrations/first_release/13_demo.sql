-- How far the demo market has been loaded, so that an interrupted load goes on and a finished one is not
-- repeated. One row per part; the three parts of a load share seed, size and the moment its history ends.
create table demo_load (
  part text primary key check (part in ('story', 'homes', 'trades')),
  seed integer not null,
  size integer not null check (size > 0),
  history_ends timestamptz not null,
  done integer not null default 0 check (done >= 0),   -- events of the part that are committed
  total integer not null check (total >= done),
  written_at timestamptz                               -- when the last of them were, by the clock on the wall
);
