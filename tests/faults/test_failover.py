"""The primary dies under load and its standby takes over: the instance goes on there, and nothing it had said is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from core.kit.local import LocalPostgres, LocalStandby
from tests import servers
from tests.eventually import eventually
from tests.faults.ground import Ground, standing
from tests.faults.instance import Instance, kill
from tests.replicas import standby_of


@pytest.fixture
def pair() -> Iterator[tuple[LocalPostgres, LocalStandby]]:
    """A primary that says done when its standby has it on disk, too: without that a failover loses the last moment."""
    home: Path = servers.home_of_this_run() / "failover"
    primary = LocalPostgres(home)
    primary.start()
    with standby_of(primary, home) as standby, psycopg.connect(primary.url("postgres"), autocommit=True) as connection:
        connection.execute("alter system set synchronous_standby_names = '*'")
        connection.execute("select pg_reload_conf()")
        state = "select sync_state from pg_stat_replication"
        eventually(lambda: connection.execute(state).fetchall() == [("sync",)])
        connection.close()
        yield primary, standby
    primary.stop()


def both(*servers: LocalPostgres) -> str:
    """One address of several servers."""
    places = [server.place() for server in servers]
    hosts = ",".join(f"127.0.0.1:{place['port']}" for place in places)
    return f"postgresql://hotleads:{quote(places[0]['password'])}@{hosts}/hotleads"


@pytest.mark.long
def test_a_failover_loses_nothing(pair: tuple[LocalPostgres, LocalStandby]) -> None:
    primary, standby = pair

    def fail_over(_: Instance) -> None:
        pid = primary.pid()
        assert pid is not None
        kill(pid, signal.SIGKILL)
        eventually(lambda: primary.pid() is None)
        with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:
            assert connection.execute("select pg_promote(true, 60)").fetchall() == [(True,)]

    with standing(servers.home_of_this_run() / "failover", DATABASE_URL=both(primary, standby)) as ground:
        assert isinstance(ground, Ground)
        assert ground.broken(ground.under_load(fail_over)) == []
        with psycopg.connect(standby.url("hotleads")) as connection:
            assert connection.execute("select pg_is_in_recovery(), count(*) > 0 from lead").fetchall() == [(False, True)]
