"""A database that is lent again is as a copy would be, whatever was done to the one before."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from core.kit.clock import utc_now
from core.kit.db import make_engine, transaction
from core.kit.local import LocalPostgres
from tests import servers
from tests.dashboard.world import build
from tests.databases import FILES, Databases, schema_of

OTHER_ROWS = (
    "update ledger_account set name = name || ' of old'",
    "update plan set hold_minutes = 1 where position = 1",
    "delete from credit_pack",
    "truncate report_state",
    "insert into alembic_version values ('later')",
    "select nextval('id_order'), nextval('seal_id_seq'), nextval('report_stale_id_seq')",
    "begin; insert into report_state (one) values (true); rollback",
    "analyze lead, contact, plan",
    "vacuum lead",
    "create temporary table mine (id int)",
)
OTHER_SCHEMA = (
    "create table more (id int)",
    "create function more() returns int language sql return 1",
    "create index on lead (id)",
    "alter table lead disable trigger user",
    "alter table lead alter column id set default gen_random_uuid()",
    "alter table lead alter column status drop not null",
    "alter table transfer drop constraint transfer_amount_cents_check",
    "drop trigger move_balances on transfer",
    "create or replace function make_append_only(name text) returns void language sql return null",
    "drop table saved_search cascade",
    "grant update on transfer to hotleads_app",
    "alter role hotleads_app in database {name} set work_mem = '1MB'",
    "alter database {name} set statement_timeout = 12345",
    "alter database {name} connection limit 3",
    "alter sequence id_order increment 5",
    "select lo_create(77)",
)
MUCH = "insert into spatial_ref_sys (srid, srtext) select n, repeat(md5(n::text), 60) from generate_series(10001, 15000) n"


@pytest.fixture(scope="module")
def lent(postgres: LocalPostgres) -> Iterator[Databases]:
    kept = Databases(postgres, servers.TEMPLATE)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def unchanged(lent: Databases) -> Iterator[str]:
    name = lent.lend()
    yield name
    lent.take_back(name)


def run(lent: Databases, name: str, *statements: str) -> None:
    """As the owner, whom nothing is refused; what belongs together between two semicolons goes in one message."""
    with psycopg.connect(lent.postgres.url(name), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def which(lent: Databases, name: str) -> int:
    """The database behind the name: another one has another number."""
    with psycopg.connect(lent.postgres.url("postgres")) as connection:
        return connection.execute("select oid from pg_database where datname = %s", [name]).fetchall()[0][0]


def everything(lent: Databases, name: str) -> dict[str, Any]:
    """Each row and where it lies, each sequence, and what the planner is told."""
    with psycopg.connect(lent.postgres.url(name)) as connection:
        files = connection.execute(FILES).fetchall()
        columns = {"r": "ctid::text, t::text", "S": "last_value, is_called"}
        shown = {table: kind for _, kind, table, *_ in files if kind in columns}
        rows = {table: connection.execute(f"select {columns[kind]} from {table} t").fetchall() for table, kind in shown.items()}
        counted = connection.execute("select sum(n_live_tup), sum(n_dead_tup) from pg_stat_user_tables").fetchall()
        known = connection.execute("select count(*) from pg_statistic where starelid >= 16384").fetchall()
        settings = connection.execute("select name, setting from pg_settings where source = 'database'").fetchall()
    planner = {table: told for _, _, table, *told, _ in files}
    return {"rows": rows, "planner": planner, "counted": counted, "known": known, "settings": settings}


def lived_in(lent: Databases) -> str:
    """The name of a database in which a small exchange has worked."""
    name = lent.lend()
    engine = make_engine(lent.postgres.url(name), pool_size=1)
    with transaction(engine) as session:
        build(session, utc_now())
    engine.dispose()
    return name


def test_nothing_is_left_of_whatever_was_written(lent: Databases) -> None:
    name = lent.lend()
    first, number = everything(lent, name), which(lent, name)
    lent.take_back(name)
    for _ in range(2):
        name = lived_in(lent)
        run(lent, name, *OTHER_ROWS)
        assert which(lent, name) == number
        now = everything(lent, name)
        assert all(now[what] != first[what] for what in ("rows", "planner", "known"))
        lent.take_back(name)
    name = lent.lend()
    assert which(lent, name) == number
    now = everything(lent, name)
    assert {table: rows for table, rows in now["rows"].items() if rows != first["rows"].get(table)} == {}
    assert now == first
    lent.take_back(name)


@pytest.mark.parametrize("change", OTHER_SCHEMA)
def test_a_change_of_more_than_rows_is_noticed(lent: Databases, unchanged: str, change: str) -> None:
    with psycopg.connect(lent.postgres.url(unchanged)) as connection:
        first = schema_of(connection)
        connection.execute(change.format(name=unchanged))
        assert schema_of(connection) != first
        connection.rollback()
        assert schema_of(connection) == first


@pytest.mark.parametrize("change", ["alter table lead disable trigger user", MUCH])
def test_a_copy_is_made_where_taking_it_back_is_harder(lent: Databases, change: str) -> None:
    name = lent.lend()
    number = which(lent, name)
    run(lent, name, change)
    lent.take_back(name)
    name = lent.lend()
    assert which(lent, name) != number
    lent.take_back(name)


def test_a_database_that_is_gone_is_replaced(lent: Databases) -> None:
    name = lent.lend()
    lent.postgres.drop_database(name)
    lent.take_back(name)
    name = lent.lend()
    assert which(lent, name)
    lent.take_back(name)


def test_whoever_is_left_over_is_put_out_and_finds_nothing(lent: Databases) -> None:
    name = lent.lend()
    url = lent.postgres.url(name)
    program = (
        f"import sys, psycopg; c = psycopg.connect({url!r}); c.execute('lock table lead'); print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        lent.take_back(name)
        again = lent.lend()
        run(lent, again, "truncate lead cascade")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)
        process.kill()
    lent.take_back(again)


def test_each_lent_at_the_same_time_is_another(lent: Databases) -> None:
    names = {lent.lend() for _ in range(3)}
    assert len({which(lent, name) for name in names}) == 3
    for name in names:
        lent.take_back(name)


@pytest.mark.parametrize("test", ["before", "after"])
def test_none_finds_what_another_test_wrote(database: Engine, test: str) -> None:
    with transaction() as session:
        assert session.execute(text("select count(*) from user_account")).scalar_one() == 0
        assert session.execute(text("select count(*) from ledger_account where provider_id is not null")).scalar_one() == 0
        build(session, utc_now())
