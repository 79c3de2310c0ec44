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
create index audit_entry_actor on audit_entry (actor_id, id);
create index audit_entry_action on audit_entry (action text_pattern_ops, id);
create index audit_entry_memo on audit_entry using gin (memo gin_trgm_ops) where memo is not null;
-- Entries come in the order of their time: a few bytes per 32 pages say where a day lies.
create index audit_entry_at on audit_entry using brin (at) with (pages_per_range = 32, autosummarize = on);
create index audit_entry_unsealed on audit_entry (recorded_xid, id);
call make_append_only('audit_entry');

-- One link of the chain: the hashes of the next rows of one table, in the order (recorded_xid, id), up to
-- and including the row (until_xid, until_id), and the digest of the link before it, whatever its table.
create table seal (
  id bigint generated always as identity primary key,
  table_name text not null check (table_name in ('audit_entry', 'transfer', 'consent_event', 'passport_entry')),
  until_xid xid8 not null,
  until_id uuid not null,
  row_ids uuid[] not null,
  row_hashes bytea[] not null,
  previous_digest bytea not null unique, -- a chain, not a tree
  digest bytea not null unique,
  sealed_at timestamptz not null,
  check (cardinality(row_ids) = cardinality(row_hashes) and cardinality(row_ids) between 1 and 5000)
);
create index seal_newest_of_table on seal (table_name, id);
call make_append_only('seal');

-- The canonical text of a row is its JSON object without the empty columns, as jsonb prints it, in UTC: a
-- column added later (null in old rows) changes no old hash, and anybody can recompute it with psql.
create function sealed_row_hash(row_of_table anyelement) returns bytea
language sql stable set timezone = 'UTC' as $$
  select sha256(convert_to(jsonb_object_agg(key, value)::text, 'UTF8'))
  from jsonb_each(to_jsonb(row_of_table)) where value <> 'null'
$$;

create function seal_digest(previous bytea, table_name text, until_xid xid8, until_id uuid, sealed_at timestamptz, row_ids uuid[], row_hashes bytea[])
returns bytea language sql immutable as $$
  select sha256(previous
    || convert_to(concat_ws(' ', table_name, until_xid, until_id, extract(epoch from sealed_at), array_to_string(row_ids, ',')), 'UTF8')
    || (select string_agg(hash, ''::bytea order by position) from unnest(row_hashes) with ordinality as h (hash, position)))
$$;

-- Transactions below it are all over, as far as this database goes: rows they recorded are there or never will be.
-- A server's transactions have one counter, so the running ones of its other databases are left out; whose one is
-- can be told by the lock that each holds on its own id. A running one without a backend (prepared) counts as ours.
create function sealing_horizon() returns xid8 language plpgsql as $$
begin
  perform pg_stat_clear_snapshot();      -- who is connected is asked after, not before, who is running
  return (
    select least(min(running.xid::text::numeric)::text::xid8, pg_snapshot_xmax(pg_current_snapshot()))  -- our own id may lie beyond
    from (select pg_snapshot_xip(pg_current_snapshot()) as xid
          union all select pg_current_xact_id_if_assigned()) as running
    where running.xid is not null and not exists (
      select from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock' and l.transactionid = running.xid::xid
        and a.datid <> (select oid from pg_database where datname = current_database())));
end $$;

-- The rows of a table after the position of its last seal, oldest first.
create function unsealed_rows(sealed_table text, before_xid xid8, at_most bigint)
returns table (id uuid, recorded_xid xid8, hash bytea) language plpgsql stable as $$
declare after_xid xid8 := '0'; after_id uuid := '00000000-0000-0000-0000-000000000000';
begin
  select s.until_xid, s.until_id into after_xid, after_id from seal s where s.table_name = sealed_table order by s.id desc limit 1;
  return query execute format(
    'select t.id, t.recorded_xid, sealed_row_hash(t) from %I t
     where (t.recorded_xid, t.id) > ($1, $2) and t.recorded_xid < $3 order by t.recorded_xid, t.id limit $4', sealed_table)
    using coalesce(after_xid, '0'), coalesce(after_id, '00000000-0000-0000-0000-000000000000'), before_xid, at_most;
end $$;

-- Rows of the seals first..last of a table that are not what was sealed: altered, deleted, or inserted between them.
-- The seals of a table follow each other in position, so a few of them can be looked at by themselves.
create function unsound_rows(sealed_table text, first_seal bigint, last_seal bigint)
returns table (row_id uuid, seal_id bigint, problem text) language plpgsql stable as $$
begin
  return query execute format(
    'with sealed as (
       select s.id as seal_id, r.id, r.hash from seal s, unnest(s.row_ids, s.row_hashes) as r (id, hash)
        where s.table_name = %1$L and s.id between $1 and $2),
     after as (select s.until_xid, s.until_id from seal s where s.table_name = %1$L and s.id < $1 order by s.id desc limit 1),
     until as (select s.until_xid, s.until_id from seal s where s.table_name = %1$L and s.id <= $2 order by s.id desc limit 1),
     actual as (
       select t.id, sealed_row_hash(t) as hash from %1$I t
        where (t.recorded_xid, t.id) > (coalesce((select until_xid from after), ''0''::xid8), coalesce((select until_id from after), ''00000000-0000-0000-0000-000000000000''::uuid))
          and (t.recorded_xid, t.id) <= ((select until_xid from until), (select until_id from until)))
     select coalesce(sealed.id, actual.id), sealed.seal_id,
            case when sealed.id is null then ''inserted''
                 when actual.id is null and not exists (select from %1$I t where t.id = sealed.id) then ''deleted'' else ''altered'' end
     from sealed full join actual on actual.id = sealed.id
     where actual.id is null or sealed.hash <> actual.hash
           or (sealed.id is null and not exists (select from seal s where s.table_name = %1$L and s.row_ids @> array[actual.id]))
     order by 1', sealed_table) using first_seal, last_seal;
end $$;
