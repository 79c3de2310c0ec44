-- What keeps the house safe: whether it answered, minute by minute, and what its checks found (SPEC 12.2, 13.8).

-- One row a minute: `/health/ready` as people would have got it. A minute without a row is one in which nobody
-- asked, because no worker ran.
create table health_probe (
  at timestamptz primary key check (at = date_trunc('minute', at, 'UTC')),
  ok boolean not null,
  ms integer not null check (ms >= 0),
  detail text
);

-- One run of every check over the data, asked for by a person or the schedule and carried out by a job.
create table verification (
  id uuid primary key,
  asked_by uuid not null,
  asked_at timestamptz not null,
  step text,                             -- what is being looked at now
  done integer not null default 0 check (done >= 0),
  total integer not null default 0 check (total >= 0),
  ok boolean,
  checks jsonb check (jsonb_typeof(checks) = 'array'),  -- name, ok, detail
  finished_at timestamptz,
  check ((finished_at is null) = (ok is null) and (finished_at is null) = (checks is null))
);
create unique index verification_one_open on verification ((true)) where finished_at is null;
create index verification_newest on verification (id desc);

-- Retention (SPEC 13.6): ids carry their time, so what is old enough is the beginning of a primary key.
create function oldest_id(moment timestamptz) returns uuid language sql immutable parallel safe as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
create index lead_ended on lead (status, updated_at) where status in ('expired', 'rejected', 'withdrawn', 'closed', 'duplicate');
create index email_message_readable on email_message (queued_at) where sealed is not null;
create index user_session_expiry on user_session (expires_at);
create index idempotency_record_age on idempotency_record (created_at);
