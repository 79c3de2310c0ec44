-- Runs of the engine (SPEC 5.5).
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
  duration_ms numeric(10, 3)
);
create index distribution_run_lead on distribution_run (lead_id, id);
create index distribution_run_newest on distribution_run (id desc);
create index distribution_run_unfinished on distribution_run (started_at) where state = 'started';
