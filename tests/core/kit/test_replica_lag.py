"""How far a real standby is behind, as Prometheus is told; where the log ends; a private standby that is asked for."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from core.kit import replica, replica_lag
from core.kit.db import transaction
from core.kit.local import LocalPostgres, LocalStandby
from core.kit.metrics import REPLICA_LAG_BYTES, REPLICA_LAG_SECONDS, REPLICA_UP
from tests import replicas
from tests.eventually import eventually


@pytest.fixture(scope="module")
def standby(postgres: LocalPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStandby]:
    with replicas.standby_of(postgres, tmp_path_factory.mktemp("standby")) as made:
        yield made


@pytest.fixture
def engine(standby: LocalStandby, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("DATABASE_REPLICA_URL", standby.url(str(database.url.database)))
    return replicas.use(standby, database)


def figures(engine: Engine) -> dict[str, float]:
    replicas.look_again(engine)
    return {reading.gauge.name: reading.value for reading in replica_lag.readings(engine)}


def write() -> None:
    with transaction() as session:
        values = "('tests', gen_random_uuid(), '', clock_timestamp())"
        session.execute(text(f"insert into idempotency_record (scope, key, request_hash, created_at) values {values}"))


def test_lag_is_told_in_seconds_and_bytes(engine: Engine, standby: LocalStandby) -> None:
    with replicas.held_back(standby):
        write()
        behind = figures(engine)
        assert behind[REPLICA_UP.name] == 1 and behind[REPLICA_LAG_BYTES.name] > 0
        assert figures(engine)[REPLICA_LAG_SECONDS.name] > behind[REPLICA_LAG_SECONDS.name] >= 0, "it grows while it waits"
    assert not replica_lag.has(engine, replica_lag.written() + 10**12)


def test_what_is_replayed_is_known_without_asking_again(engine: Engine, standby: LocalStandby) -> None:
    write()
    place = replica_lag.written()
    replicas.caught_up(standby)
    assert replica_lag.has(engine, place) and replica_lag.has(engine, 0)


def test_the_end_of_the_log_is_where_its_last_record_ends() -> None:
    page, segment = replica_lag.PAGE, replica_lag.SEGMENT
    assert replica_lag.end_of_record(3 * page + 24) == 3 * page, "behind the header of a page where nothing stands yet"
    assert replica_lag.end_of_record(2 * segment + 40) == 2 * segment
    assert replica_lag.end_of_record(3 * page + 40) == 3 * page + 40
    assert replica_lag.end_of_record(3 * page + 32) == 3 * page + 32


def test_a_standby_that_was_promoted_answers_nothing(
    postgres: LocalPostgres, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replicas.standby_of(postgres, tmp_path) as own:
        monkeypatch.setenv("DATABASE_REPLICA_URL", own.url(str(database.url.database)))
        engine = replicas.use(own, database)
        with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
            connection.execute("select pg_promote()")
        assert figures(engine) == {REPLICA_UP.name: 0}


def test_one_that_is_not_there_is_only_down(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.kit import config

    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    config.settings.cache_clear()
    assert figures(replica.house_engine()) == {REPLICA_UP.name: 0}
    config.settings.cache_clear()


@pytest.mark.long
def test_a_private_standby_follows_its_primary_to_another_port(tmp_path: Path) -> None:
    primary = LocalPostgres(tmp_path, durable=False)
    standby = LocalStandby(tmp_path, of=primary)
    try:
        primary.start()
        standby.start()
        standby.stop()
        primary.stop()
        primary.start()  # on another port
        with psycopg.connect(standby.start()) as connection:
            assert connection.execute("select pg_is_in_recovery()").fetchone() == (True,)
        standby.stop()
        with psycopg.connect(primary.url("postgres"), autocommit=True) as connection:
            for _ in range(3):
                connection.execute("select pg_switch_wal()")
                connection.execute("checkpoint")
            connection.execute("create database later")
        with psycopg.connect(standby.start(), autocommit=True) as connection:  # copied anew: the log lacks something
            eventually(lambda: connection.execute("select 1 from pg_database where datname = 'later'").fetchone())
    finally:
        standby.stop()
        primary.stop()
