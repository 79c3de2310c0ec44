-- Tables that only grow are kept by the month: a month that is old enough is taken off as a whole, in a moment (docs/adr/0032).
-- Their rows are placed by their ids, which begin with the time; so an id is still the key of the whole table.

create schema months;
grant usage on schema months to hotleads_app;

create function month_tables() returns setof regclass language sql stable as $$
  select partrelid::regclass from pg_partitioned_table join pg_class c on c.oid = partrelid
   where c.relnamespace = 'public'::regnamespace order by 1
$$;

-- The months of every such table, from this one on to `ahead` more; tells the new ones. A month whose rows came before it was made
-- is left out: they lie in the rest of their table, where they are as good.
create function months_ahead(ahead integer default 3) returns text[] language plpgsql security definer set search_path = public, pg_temp as $$
declare
  tbl regclass;
  first timestamp;
  name text;
  made text[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtextextended('months', 0));
  for tbl in select month_tables() loop
    for first in select generate_series(date_trunc('month', now() at time zone 'UTC'), date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead), '1 month') loop
      name := format('%s_%s', tbl, to_char(first, 'YYYY_MM'));
      continue when to_regclass('months.' || quote_ident(name)) is not null;
      begin
        execute format('create table months.%I partition of %s for values from (%L) to (%L)', name, tbl,
                       oldest_id(first at time zone 'UTC'), oldest_id((first + interval '1 month') at time zone 'UTC'));
        made := made || name;
      exception when check_violation then
        raise warning 'months.% is not made: its rows are in the rest of % already', name, tbl;
      end;
    end loop;
  end loop;
  return made;
end $$;

-- Take off the months that ended before `before`; they stay as tables of their own until somebody exports and drops them. Waits two
-- seconds at most for whoever uses the table, then gives up until next time.
create function months_detach(before timestamptz) returns text[] language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part record;
  gone text[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtextextended('months', 0)), set_config('lock_timeout', '2s', true);
  for part in
    select i.inhparent::regclass as tbl, c.relname::text as name
      from pg_inherits i join pg_class c on c.oid = i.inhrelid and c.relnamespace = 'months'::regnamespace
     where i.inhparent in (select month_tables()) and c.relname ~ '_\d{4}_\d{2}$'
       and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= before at time zone 'UTC'
     order by 2
  loop
    execute format('alter table %s detach partition months.%I', part.tbl, part.name);
    gone := gone || part.name;
  end loop;
  return gone;
end $$;
revoke execute on function months_ahead(integer), months_detach(timestamptz) from public;
grant execute on function months_ahead(integer), months_detach(timestamptz) to hotleads_app;

-- What there is: months in their table, those taken off, and of each table what lies `before` its first month and the `rest` that has
-- no month. Rows are about as many as the statistics say; `oldest` is the first id, which tells since when there are any.
create function months_known() returns table (name text, of_table text, part text, attached boolean, bytes bigint, rows bigint, oldest uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  for name, of_table, part, attached, bytes, rows in
    select c.relname::text, regexp_replace(c.relname::text, ending, ''), substring(c.relname::text from ending), i.inhparent is not null,
           pg_total_relation_size(c.oid), greatest(pg_stat_get_live_tuples(c.oid), c.reltuples::bigint, 0)
      from pg_class c left join pg_inherits i on i.inhrelid = c.oid cross join (values ('_(\d{4}_\d{2}|before|rest)$')) e (ending)
     where c.relnamespace = 'months'::regnamespace and c.relkind = 'r' order by 1
  loop
    execute format('select id from months.%I order by id limit 1', name) into oldest;
    return next;
  end loop;
end $$;
revoke execute on function months_known() from public;

do $$
declare
  tbl regclass;
  first uuid := oldest_id(date_trunc('month', now() at time zone 'UTC') at time zone 'UTC');
begin
  for tbl in select month_tables() loop
    execute format('create table months.%I partition of %s for values from (minvalue) to (%L)', tbl || '_before', tbl, first);
    execute format('create table months.%I partition of %s default', tbl || '_rest', tbl);
  end loop;
  perform months_ahead();
end $$;
