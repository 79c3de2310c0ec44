-- The trail and its seals (SPEC 1.9, 13.8).
create table audit_entry (
  id uuid primary key,
  at timestamptz not null,
  actor_id uuid not null,
  actor_role text not null,
  action text not null check (action ~ '^[a-z_]+([.][a-z_]+)+$'),
  entity_type text not null,
  entity_id uuid,
  before jsonb,
  after jsonb,
  memo text,
  ip inet,
  correlation_id text,
  recorded_xid xid8 not null default pg_current_xact_id()
);
create index audit_entry_entity on audit_entry (entity_type, entity_id, id);
create index audit_entry_at on audit_entry (id desc);
create index audit_entry_actor on audit_entry (actor_id, id desc);
create index audit_entry_unsealed on audit_entry (recorded_xid);
call make_append_only('audit_entry');

-- One link of the chain: the hashes of the rows of one table recorded by transactions in
-- [from_xid, until_xid), and the digest of the link before it.
create table seal (
  id bigint generated always as identity primary key,
  table_name text not null,
  from_xid xid8 not null,
  until_xid xid8 not null,
  row_ids uuid[] not null,
  row_hashes bytea[] not null,
  previous_digest bytea not null,
  digest bytea not null unique,
  sealed_at timestamptz not null,
  check (cardinality(row_ids) = cardinality(row_hashes))
);
call make_append_only('seal');
