"""A real streaming standby of the run's PostgreSQL, and ways to hold it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from core.kit import config, db, replica, replica_lag
from core.kit.local import LocalPostgres, LocalStandby
from tests.eventually import eventually


@contextmanager
def standby_of(postgres: LocalPostgres, home: Path) -> Iterator[LocalStandby]:
    """A standby that follows, stopped at the end."""
    made = LocalStandby(home, of=postgres)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def caught_up(standby: LocalStandby) -> None:
    """Wait until the standby has everything that is written now."""
    place = replica_lag.written()
    with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:

        def has() -> bool:
            row = connection.execute("select pg_last_wal_replay_lsn() - '0/0'").fetchone()
            return row is not None and row[0] >= place

        eventually(has)


@contextmanager
def held_back(standby: LocalStandby) -> Iterator[None]:
    """The standby receives but replays nothing, as one that can't keep up."""
    with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:
        connection.execute("select pg_wal_replay_pause()")
        eventually(lambda: connection.execute("select pg_get_wal_replay_pause_state() = 'paused'").fetchall()[0][0])
        try:
            yield
        finally:
            connection.execute("select pg_wal_replay_resume()")


def use(standby: LocalStandby, database: Engine) -> Engine:
    """The engine of the replica of a test's database; DATABASE_REPLICA_URL is set by the caller."""
    config.settings.cache_clear()
    assert config.settings().database_replica_url and db.engine() is database
    caught_up(standby)
    return replica.house_engine()


def look_again(engine: Engine) -> None:
    """Forget what was found of the replica within the last second."""
    replica_lag._watch(engine).until = 0
