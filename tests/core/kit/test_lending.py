"""Connections that work when they are needed: dead ones are not lent, and an address may name several servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import Engine, make_url, text

from core.kit import config, db, tenant
from core.kit.alone import execute_alone, rows_alone
from core.kit.config import Settings
from core.kit.db import make_engine, one_statement, transaction
from core.kit.ids import uuid7
from core.kit.lending import driver_url, writable
from core.kit.local.places import free_port

PID = text("select pg_backend_pid() as pid")
TENANT = uuid7()


@contextmanager
def everybody_thrown_out(database: Engine) -> Iterator[None]:
    """Every other connection is ended by the server, as when it restarts."""
    owner = make_engine(database.url.render_as_string(hide_password=False), as_app_role=False)
    with owner.connect() as connection:
        # Clients alone: a worker that tidies the tables may end by itself at this very moment.
        ended = """select bool_and(pg_terminate_backend(pid, 30000)) from pg_stat_activity
                    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()"""
        assert connection.execute(text(ended)).scalar_one()
        yield
    owner.dispose()


def by_transaction() -> int:
    with transaction() as session:
        return int(session.execute(PID).scalar_one())


def by_one_statement() -> int:
    with one_statement() as session:
        return int(execute_alone(session, PID, {}).pid)


def of_a_company() -> int:
    with tenant.transaction(TENANT) as session:
        return int(session.execute(PID).scalar_one())


def of_a_company_alone() -> int:
    with tenant.reading(TENANT) as session:
        return int(rows_alone(session, PID, {})[0].pid)


@pytest.mark.parametrize("way", [by_transaction, by_one_statement, of_a_company, of_a_company_alone])
def test_the_first_work_after_a_restart_is_done(database: Engine, way: Any) -> None:
    before = way()
    assert way() == before  # kept in the pool
    with everybody_thrown_out(database):
        after = way()
    assert after != before and way() == after


def test_each_of_many_connections_is_replaced(database: Engine) -> None:
    lent = [database.connect() for _ in range(5)]
    before = {connection.execute(PID).scalar_one() for connection in lent}
    for connection in lent:
        connection.close()
    with everybody_thrown_out(database):
        lent = [database.connect() for _ in range(5)]
        after = {connection.execute(PID).scalar_one() for connection in lent}
    for connection in lent:
        connection.close()
    assert len(before) == len(after) == 5 and not before & after


@pytest.mark.parametrize(
    ("given", "hosts", "ports"),
    [
        (
            "postgresql://me:p%2Cw@a.example,b.example:5433/shop?target_session_attrs=read-write",
            "a.example,b.example",
            "5432,5433",
        ),
        ("postgres://me@[::1]:6000,[fe80::2]/shop", "::1,fe80::2", "6000,5432"),
    ],
)
def test_several_hosts_are_read_as_libpq_reads_them(given: str, hosts: str, ports: str) -> None:
    made = make_url(driver_url(given))
    assert (made.query["host"], made.query["port"], made.database) == (hosts, ports, "shop")
    assert made.password == ("p,w" if "p%2Cw" in given else None)
    assert made == make_url(made.render_as_string(hide_password=False))


@pytest.mark.parametrize("given", ["postgresql://me@a.example/shop", "postgresql:///shop?host=/run/pg&port=5433"])
def test_one_host_is_left_as_it_is(given: str) -> None:
    assert driver_url(given) == given.replace("postgresql://", "postgresql+psycopg://") and writable(given) == given


def test_of_several_servers_the_writing_one_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:pw@a,b/shop?sslmode=require")
    monkeypatch.setenv("DATABASE_TENANT_URL", "postgresql://me@a,b/shop?target_session_attrs=any")
    settings = Settings()
    assert settings.database_url == "postgresql://me:pw@a,b/shop?sslmode=require&target_session_attrs=read-write"
    assert settings.database_tenant_url == "postgresql://me@a,b/shop?target_session_attrs=any"


def test_a_server_that_is_gone_is_passed_over(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.connect() as connection:
        port = connection.execute(text("show port")).scalar_one()
    url = urlsplit(database.url.render_as_string(hide_password=False))
    who = url.netloc.rpartition("@")[0]
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{who}@127.0.0.1:{free_port()},127.0.0.1:{port}{url.path}")
    database.dispose()
    db.engine.cache_clear()
    config.settings.cache_clear()
    with transaction() as session:
        assert session.execute(text("select current_database()")).scalar_one() == url.path[1:]
    with tenant.transaction(UUID(int=1)) as session:
        assert session.execute(text("select current_user")).scalar_one() == "hotleads_tenant"
    db.engine().dispose()
