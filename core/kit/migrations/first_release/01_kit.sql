-- Ground that every chapter stands on: extensions, guards against change, outbox, idempotency, thresholds.
create extension if not exists postgis;
create extension if not exists btree_gist;
create extension if not exists pg_trgm;

-- The role the application works as: it may not rewrite history (see 99_grants.sql). Roles belong to
-- the whole server, so several databases may race to create it.
do $$ begin
  create role hotleads_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

-- Makes a table append-only: no update, no delete, no truncate, whoever asks.
create procedure make_append_only(tbl regclass) language plpgsql as $$
begin
  execute format('create trigger append_only_row before update or delete on %s for each row execute function refuse_change()', tbl);
  execute format('create trigger append_only_table before truncate on %s for each statement execute function refuse_change()', tbl);
end $$;

-- A UUIDv7 as core/kit/ids.py makes them: 48 bits of milliseconds, 12 bits of their fraction, the rest random.
create function uuid7() returns uuid language plpgsql volatile parallel safe as $$
declare micro bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  return lpad(to_hex(micro / 1000), 12, '0') || '7' || lpad(to_hex((micro % 1000) * 4096 / 1000), 3, '0')
         || substr(gen_random_uuid()::text, 20);
end $$;

-- An id that sorts where its row belongs: at the clock's time, or at `moment` when history of the past is loaded
-- today. Ids of one moment sort in the order they were made, and the last four digits are 0 for uuid_step().
create sequence id_order;
create function dated_id(moment timestamptz) returns uuid language plpgsql volatile as $$
declare micro bigint := extract(epoch from case when moment < clock_timestamp() - interval '1 minute' then moment else clock_timestamp() end) * 1000000;
begin
  return lpad(to_hex(micro / 1000), 12, '0') || '7' || lpad(to_hex((micro % 1000) * 4096 / 1000), 3, '0')
         || '8' || lpad(to_hex(nextval('id_order')), 11, '0') || '0000';
end $$;

-- The n-th id (below 65,536) that follows a dated one: cheaper than a new one per row.
create function uuid_step(base uuid, n bigint) returns uuid language sql immutable parallel safe as $$
  select (left(base::text, 32) || lpad(to_hex(n), 4, '0'))::uuid
$$;

-- One piece of after-work, written in the transaction that causes it and handled at least once; a dead one is a dead letter.
create table outbox (
  id uuid primary key,
  kind text not null,
  key text not null,
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  sealed bytea,                        -- encrypted part of the payload (link tokens); wiped when done
  priority smallint not null default 5 check (priority between 0 and 9),
  run_at timestamptz not null,
  state text not null default 'ready' check (state in ('ready', 'taken', 'done', 'dead')),
  attempts smallint not null default 0 check (attempts >= 0),
  max_attempts smallint not null default 6 check (max_attempts between 1 and 100),
  lease_until timestamptz,
  error text,
  progress jsonb,
  correlation_id text,
  created_at timestamptz not null,
  finished_at timestamptz,
  failed_at timestamptz,               -- of its latest failed try, whatever became of it since
  check ((state = 'taken') = (lease_until is not null))
);
create unique index outbox_one_open on outbox (kind, key) where state in ('ready', 'taken');
create index outbox_due on outbox (run_at) where state in ('ready', 'taken');
create index outbox_dead on outbox (id) where state = 'dead';
create index outbox_failed on outbox (failed_at) where failed_at is not null;
create index outbox_schedule on outbox (kind, id desc) where kind like 'schedule.%';

-- When a row could first have been worked on: its due time, but not before it was written (its id says when).
-- A history that is loaded late carries due times of long ago; it is not late by that.
create function waiting_since(job_id uuid, run_at timestamptz) returns timestamptz language sql immutable parallel safe as $$
  select greatest(run_at, to_timestamp(('x' || translate(left(job_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0))
$$;

-- The answer to a request that carried an Idempotency-Key, given again when it is repeated (SPEC 2.9).
create table idempotency_record (
  id uuid not null unique default uuid7(),
  scope text not null,                 -- who: user, API key or client address, and the route
  key text not null check (length(key) between 1 and 200),
  request_hash bytea not null,
  status smallint,
  response bytea,                      -- encrypted: it may hold a key that is told this once
  created_at timestamptz not null,
  primary key (scope, key)
);

-- A setting of the business that an administrator has changed; the others stand at their default.
create table threshold (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null,
  updated_by uuid not null
);
