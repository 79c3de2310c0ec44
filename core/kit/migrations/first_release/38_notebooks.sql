-- Notebooks that somebody had run from the app: with which parameters, how far they are, and where the result lies (SPEC 10.5).
create table notebook_run (
  id uuid primary key,
  notebook text not null,
  title text not null,
  parameters jsonb not null check (jsonb_typeof(parameters) = 'object'),
  asked_by uuid not null references user_account,
  asked_at timestamptz not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'stopped')),
  tries integer not null default 0,
  step text not null default '',        -- the heading that is being worked on
  cells_done integer not null default 0,
  cells_total integer not null default 0,
  file text,                             -- the rendered page in the store of files; also what a failed run got to
  mlflow_run text,
  error text,                            -- in words, of a failed one
  finished_at timestamptz,
  expired_at timestamptz,                -- when its page was deleted, having been kept for its time
  check (cells_done between 0 and cells_total),
  check ((state = 'failed') = (error is not null)),
  check ((state in ('done', 'failed', 'stopped')) = (finished_at is not null)),
  check ((state = 'done') <= (file is not null or expired_at is not null)),
  check (expired_at is null or (file is null and finished_at is not null))
);
create index notebook_run_newest on notebook_run (id desc);
create index notebook_run_open on notebook_run (asked_by) where state in ('queued', 'running');
create index notebook_run_kept on notebook_run (finished_at) where file is not null;
