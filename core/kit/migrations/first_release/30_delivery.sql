-- What happens to a company's leads, told to its own programs (SPEC 7.7).
create table webhook_endpoint (
  id uuid primary key,
  provider_id uuid not null references provider,
  name text not null check (length(name) between 1 and 80),
  kind text not null check (kind in ('json', 'form', 'hubspot', 'salesforce')),
  url text not null check (length(url) between 8 and 2000),
  events text[] not null check (cardinality(events) > 0),
  mapping jsonb not null default '{}' check (jsonb_typeof(mapping) = 'object'),  -- target field: where its value comes from
  secret bytea not null,                 -- sealed; signs every call
  former_secret bytea,                   -- sealed; signs beside it until then, so that nothing breaks while it is changed
  former_until timestamptz,
  credentials bytea,                     -- sealed; what the receiver wants in its Authorization header
  active boolean not null default true,
  stopped_reason text,                   -- why we stopped calling it; null when its owner switched it off
  failures integer not null default 0 check (failures >= 0),  -- in a row
  failing_since timestamptz,
  calls_from timestamptz,                -- a receiver that is down is left alone until then
  busy_until timestamptz,                -- one job at a time calls it; a job that dies gives it back by then
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz,
  check ((former_secret is null) = (former_until is null)),
  check ((failures = 0) = (failing_since is null)),
  check (removed_at is null or not active)
);
create index webhook_endpoint_provider on webhook_endpoint (provider_id) where removed_at is null;

create table webhook_delivery (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoint,
  event text not null,
  subject text not null,                 -- what it is about: the same thing is told to an endpoint once
  assignment_id uuid references assignment,
  facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object'),  -- figures only; people are read when it is sent
  judged jsonb check (jsonb_typeof(judged) = 'object'),  -- of a lead: what the policies said as it was last prepared
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed', 'cancelled')),
  attempts integer not null default 0 check (attempts >= 0),
  next_at timestamptz not null,
  replay_of uuid references webhook_delivery,
  created_at timestamptz not null,
  finished_at timestamptz,
  check ((state = 'waiting') = (finished_at is null))
);
create unique index webhook_delivery_once on webhook_delivery (endpoint_id, event, subject) where replay_of is null;
create index webhook_delivery_waiting on webhook_delivery (endpoint_id, next_at) where state = 'waiting';
create index webhook_delivery_log on webhook_delivery (endpoint_id, id desc);
create index webhook_delivery_assignment on webhook_delivery (assignment_id) where assignment_id is not null;
create index webhook_delivery_replays on webhook_delivery (replay_of) where replay_of is not null;

create table webhook_attempt (
  id uuid primary key,
  delivery_id uuid not null references webhook_delivery,
  at timestamptz not null,
  status integer,                        -- null: there was no answer
  milliseconds integer not null check (milliseconds >= 0),
  problem text,                          -- null: taken
  answer text not null default ''        -- the beginning of it, contact data taken out
);
create index webhook_attempt_delivery on webhook_attempt (delivery_id, id);

-- Tell every endpoint that wants an event of these things, once each, and have somebody carry it out.
create type webhook_news as (provider_id uuid, subject text, assignment_id uuid, facts jsonb);
create function webhook_announce(wanted text, news webhook_news[], moment timestamptz) returns integer language plpgsql as $$
declare told integer;
begin
  with fresh as (
    insert into webhook_delivery (id, endpoint_id, event, subject, assignment_id, facts, next_at, created_at)
    select uuid7(), e.id, wanted, n.subject, n.assignment_id, coalesce(n.facts, '{}'), moment, moment
      from unnest(news) n join webhook_endpoint e on e.provider_id = n.provider_id
     where e.active and wanted = any (e.events)
    on conflict do nothing
    returning endpoint_id
  ), asked as (
    insert into outbox (id, kind, key, payload, priority, run_at, created_at)
    select uuid7(), 'webhook.drain', f.endpoint_id::text, jsonb_build_object('endpoint_id', f.endpoint_id), 5, moment, moment
      from (select distinct endpoint_id from fresh order by 1) f
    on conflict do nothing
  )
  select count(*) into told from fresh;
  return told;
end $$;

-- Most companies have no endpoint, and a run assigns several leads at once: one look for all of them.
create function announce_assigned() returns trigger language plpgsql as $$
begin
  if exists (select from made a join webhook_endpoint e on e.provider_id = a.provider_id and e.active) then
    perform webhook_announce('lead.assigned', array(
      select row(a.provider_id, a.id::text, a.id, '{}'::jsonb)::webhook_news from made a order by a.id), max(a.assigned_at))
      from made a;
  end if;
  return null;
end $$;
create trigger assignment_announced after insert on assignment referencing new table as made
  for each statement execute function announce_assigned();

create function announce_refunded() returns trigger language plpgsql as $$
begin
  perform webhook_announce('lead.refunded', array(
    select row(a.provider_id, r.assignment_id::text, r.assignment_id,
               jsonb_build_object('amount_cents', r.amount_cents, 'cause', r.cause))::webhook_news
      from made r join assignment a on a.id = r.assignment_id order by a.id), max(r.at))
    from made r;
  return null;
end $$;
create trigger refund_announced after insert on refund referencing new table as made
  for each statement execute function announce_refunded();

-- Receivers send back what they were sent: what they answered about a person goes with the person (SPEC 13.6). A call that
-- waits to bring the lead itself is not made any more.
create function forget_answers() returns trigger language plpgsql as $$
begin
  update webhook_attempt t set answer = '' from webhook_delivery d, assignment a
   where a.lead_id = new.id and d.assignment_id = a.id and t.delivery_id = d.id and t.answer <> '';
  update webhook_delivery d set state = 'cancelled', finished_at = new.updated_at from assignment a
   where a.lead_id = new.id and d.assignment_id = a.id and d.state = 'waiting' and d.event <> 'lead.revoked';
  return null;
end $$;
create trigger lead_erased_forget_answers after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function forget_answers();
