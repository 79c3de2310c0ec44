"""Databases lent to tests, as new each time: what the last test wrote is taken out again, in a sixth of the time of a copy.

After a test nobody can reach its database any more: connections are ended and it gets another name, so that a process left
over finds nothing. Before the next test the tables that were written are emptied, down to their pages and statistics, and get
their first rows back. Where a test changed the schema or wrote much, the database is thrown away and copied anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.kit.local import LocalPostgres

Connection = psycopg.Connection[tuple[Any, ...]]
Marks = tuple[str, ...]

MOST_PAGES = 1000  # of 8 kB, beyond the first ones: emptying more takes as long as a copy
SEVERAL_TRIES = 400  # of 5 ms each

# Any change to one of these is a row more, a row less, or a row written by a later transaction.
CATALOGS: tuple[LiteralString, ...] = (
    "pg_attribute where attrelid >= 16384",
    "pg_attrdef",
    "pg_constraint",
    "pg_default_acl",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_index where indexrelid >= 16384",
    "pg_inherits",
    "pg_largeobject_metadata",
    "pg_namespace where nspname !~ '^pg_(toast_)?temp_'",
    "pg_policy",
    "pg_proc where oid >= 16384",
    "pg_publication",
    "pg_rewrite where oid >= 16384",
    "pg_sequence",
    "pg_statistic_ext",
    "pg_trigger",
    "pg_type where oid >= 16384",
)
SCHEMA: LiteralString = """
select md5(string_agg(concat_ws(' ', oid, relname, relnamespace, relowner, relacl, reloptions, relreplident, relrowsecurity,
                                relforcerowsecurity, relpersistence), ';' order by oid))
  from pg_class where oid >= 16384 and relkind <> 't' and relpersistence <> 't'
union all
select md5(concat(datacl, datconnlimit, datallowconn, datistemplate,
                  (select string_agg(s::text, '' order by s::text) from pg_db_role_setting s where s.setdatabase = d.oid)))
  from pg_database d where datname = current_database()
""" + "".join(f"union all select concat(count(*), ' ', max(xmin::text::bigint)) from {each}\n" for each in CATALOGS)

# The files of our tables, indexes and sequences: one that was ever written has a page, even when it was all rolled back.
FILES: LiteralString = """
select c.oid, c.relkind::text, format('%I.%I', nspname, relname), relpages, reltuples, relallvisible,
       (pg_stat_file(pg_relation_filepath(c.oid))).size / 8192
  from pg_class c join pg_namespace n on n.oid = relnamespace
 where c.oid >= 16384 and relkind in ('r', 'i', 't', 'S') and relpersistence <> 't'
"""

AS_AT_FIRST: LiteralString = """
update pg_class c set relpages = f.relpages, reltuples = f.reltuples, relallvisible = f.relallvisible
  from unnest(%s::oid[], %s::int[], %s::real[], %s::int[]) f (oid, relpages, reltuples, relallvisible)
 where c.oid = f.oid
   and (c.relpages, c.reltuples, c.relallvisible) is distinct from (f.relpages, f.reltuples, f.relallvisible);
delete from pg_statistic where starelid >= 16384 and starelid <> all(%s::oid[]);
select pg_stat_force_next_flush();
"""
KNOWN: LiteralString = "select array_agg(distinct starelid) from pg_statistic where starelid >= 16384"

PUT_BACK: LiteralString = (
    "insert into {table} overriding system value select (line::{table}).* from unnest(%s::text[]) with ordinality l (line, n) "
    "order by n;"
)


@dataclass(frozen=True)
class File:
    """A table, index or sequence: what the planner is told about it, and its pages."""

    oid: int
    kind: str
    name: str
    planner: tuple[int, float, int]
    pages: int


@dataclass(frozen=True)
class AtFirst:
    """How a database is when it has just been copied."""

    schema: Marks
    files: dict[str, File]
    rows: dict[str, list[str]]  # of the few tables that aren't empty
    sequences: dict[str, tuple[int, bool]]
    known: list[int]  # tables of which the planner has statistics


class Databases:
    """The databases of one test process; each is lent to one test, or one module, at a time."""

    def __init__(self, postgres: LocalPostgres, template: str) -> None:
        self.postgres = postgres
        self.template = template
        self._spare: list[str] = []
        self._first: AtFirst | None = None
        self._server: Connection = psycopg.connect(postgres.url("postgres"), autocommit=True)

    def lend(self) -> str:
        """The name of a database that is as new."""
        while self._spare:
            name = self._spare.pop()
            try:
                if self._made_new(name):
                    return name
            except psycopg.Error:
                pass  # whatever it was, the copy that is made now doesn't have it
            self.postgres.drop_database(name)
        name = _new_name()
        self.postgres.create_database(name, template=self.template)
        if self._first is None:
            with self._connect(name) as connection:
                self._first = _at_first(connection)
        return name

    def take_back(self, name: str) -> None:
        """End whoever still uses it, and let nobody find it under the name it had."""
        new = _new_name()
        try:
            self._end_connections(name)
            self._server.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(new)))
        except psycopg.Error:
            self.postgres.drop_database(name)  # someone connects again and again, or it is gone
        else:
            self._spare.append(new)

    def close(self) -> None:
        self._server.close()

    def _end_connections(self, name: str) -> None:
        """The server's own wait for them, when it renames, would be a tenth of a second each time."""
        others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        for _ in range(SEVERAL_TRIES):
            if not self._server.execute(others, [name]).fetchall():
                return
            self._server.execute("select pg_sleep(0.005)")

    def _connect(self, name: str) -> Connection:
        return psycopg.connect(self.postgres.url(name), autocommit=True, cursor_factory=psycopg.ClientCursor)

    def _made_new(self, name: str) -> bool:
        """Take out what was written; false where a copy is needed, or quicker."""
        first = self._first
        assert first is not None
        with self._connect(name) as connection:
            files = _files(connection)
            grown = sum(file.pages for file in files.values()) - sum(file.pages for file in first.files.values())
            if grown > MOST_PAGES or schema_of(connection) != first.schema:
                return False
            written = [each.name for each in files.values() if each.kind == "r" and each.pages and each.name not in first.rows]
            changed = [table for table, rows in first.rows.items() if _rows(connection, table) != rows]
            _empty(connection, written + changed)
            _put_back(connection, first, changed)
        return True


def _new_name() -> str:
    return f"own_{uuid4().hex[:12]}"


def _at_first(connection: Connection) -> AtFirst:
    files = _files(connection)
    kept = [file.name for file in files.values() if file.kind == "r" and file.pages]
    sequences = {
        file.name: connection.execute(f"select last_value, is_called from {file.name}").fetchall()[0]
        for file in files.values()
        if file.kind == "S"
    }
    known = connection.execute(KNOWN).fetchall()[0][0]
    return AtFirst(
        schema=schema_of(connection),
        files=files,
        rows={table: _rows(connection, table) for table in kept},
        sequences=sequences,
        known=known or [],
    )


def schema_of(connection: Connection) -> Marks:
    return tuple(mark for (mark,) in connection.execute(SCHEMA))


def _files(connection: Connection) -> dict[str, File]:
    found = connection.execute(FILES)
    return {name: File(oid, kind, name, (pages, rows, seen), size) for oid, kind, name, pages, rows, seen, size in found}


def _rows(connection: Connection, table: str) -> list[str]:
    return [line for (line,) in connection.execute(f"select t::text from {table} t")]


def _empty(connection: Connection, tables: list[str]) -> None:
    """Down to the pages, so that the next rows lie in the order they come in, as in a new table."""
    if not tables:
        return
    deletes = "".join(f"delete from {table};" for table in tables)
    # As a replica no trigger and no foreign key says no.
    connection.execute(f"begin; set local session_replication_role = replica; {deletes} commit")
    connection.execute(f"vacuum (index_cleanup on) {', '.join(tables)}")


def _put_back(connection: Connection, first: AtFirst, changed: list[str]) -> None:
    inserts = "".join(PUT_BACK.format(table=table) for table in changed)
    restarts = "".join(f"select setval('{name}', {last}, {called});" for name, (last, called) in first.sequences.items())
    planner = [[file.oid for file in first.files.values()], *zip(*(file.planner for file in first.files.values()), strict=True)]
    connection.execute(
        f"begin; set local session_replication_role = replica; {inserts} {restarts} {AS_AT_FIRST} commit",
        [*(first.rows[table] for table in changed), *(list(column) for column in planner), first.known],
    )
    connection.execute("select pg_stat_reset()")


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """A session on one connection, whose work, committed or not, is rolled back at the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()
