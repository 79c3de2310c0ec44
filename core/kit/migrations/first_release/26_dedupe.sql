-- Who is the same: keys under which likely twins meet, pairs that a person looks at, and what was merged (SPEC 8.4).

-- Traits of a lead in its niche as 64 bits of a keyed hash: nothing of a person can be read from them, and they go with the
-- person. The niche is in the key, not beside it: each entry is a third shorter, and there are nine for each lead.
-- No foreign key: no lead is ever deleted, reading joins the lead, and checking twenty keys of every record one by
-- one cost more than all its other rows together.
create table lead_block (
  key bigint not null,
  lead_id uuid not null,
  primary key (key, lead_id)
);
create index lead_block_lead on lead_block (lead_id);

create table duplicate_pair (
  id uuid primary key,
  niche_id uuid not null references niche,
  first_id uuid not null references lead,    -- the older request
  second_id uuid not null references lead,
  probability numeric(5, 4) not null check (probability between 0 and 1),
  reasons jsonb not null default '[]' check (jsonb_typeof(reasons) = 'array'),  -- [{"field", "degree"}], no contact data
  found_by text not null check (found_by in ('insert', 'audit')),
  state text not null default 'open' check (state in ('open', 'merged', 'apart', 'gone')),
  found_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  check (first_id < second_id),
  check ((state = 'open') = (decided_at is null)),
  unique (first_id, second_id)
);
create index duplicate_pair_waiting on duplicate_pair (probability desc, id) where state = 'open';
create index duplicate_pair_second on duplicate_pair (second_id);

-- Every merge and every split, for good: what a split needs to put things back stands here.
create table merge_event (
  id uuid primary key,
  event text not null check (event in ('merge', 'split')),
  lead_id uuid not null references lead,
  into_id uuid not null references lead,
  status_before text not null,               -- of the merged lead; a split gives it back
  cause text not null check (cause in ('insert', 'person')),
  probability numeric(5, 4) check (probability between 0 and 1),
  actor_id uuid not null,
  at timestamptz not null,
  check (lead_id <> into_id)
);
create index merge_event_lead on merge_event (lead_id, id desc);
create index merge_event_newest on merge_event (id desc);
call make_append_only('merge_event');

-- A merge can be undone: a duplicate goes back to where it was (SPEC 8.4).
insert into lead_transition (old_status, new_status) values
  ('duplicate', 'pending_confirmation'), ('duplicate', 'pending_approval'), ('duplicate', 'quarantined');

-- Who is erased can't be met by anybody any more, whoever asks for it (SPEC 13.6).
create function forget_lead_blocks() returns trigger language plpgsql as $$
begin
  delete from lead_block where lead_id = new.id;
  update duplicate_pair set state = 'gone', decided_at = new.updated_at
   where state = 'open' and (first_id = new.id or second_id = new.id);
  return null;
end $$;
create trigger forget_lead_blocks after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function forget_lead_blocks();
