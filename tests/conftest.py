"""Real servers for every test: nothing of ours is mocked where the real thing can run."""

import gc
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests import servers
from tests.browser import chromium
from tests.databases import Databases
from tests.receiver import receiver

# Before anything reads the settings: tests never see the developer's environment.
os.environ |= {
    "HOTLEADS_ENV": "test",
    "HOTLEADS_DEMO": "false",
    "DATABASE_URL": "",
    "SMTP_URL": "",
    "OPENAI_BASE_URL": "",
    "OPENAI_API_KEY": "",
    # A model's threads would wait for each other by spinning, on cores that other test processes need: twenty times the time.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

import core.tables  # noqa: F401
from core.kit import config, db, limits, logs, redis
from core.kit.local import LocalPostgres
from tests.databases import rolled_back

__all__ = ["chromium", "receiver"]  # fixtures, for whoever asks
LONGEST = ("tests/journeys/", "tests/ml/", "tests/cli/test_up", "tests/jobs/test_notebooks")

# How long an example takes says something of the machine, not of the code (benchmarks measure speed).
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.clean_stale()
        os.environ |= servers.start(servers.home_of_this_run())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, or all but one process wait for them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again took a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop(servers.home_of_this_run())


@pytest.fixture(autouse=True, scope="session")
def _own_redis(worker_id: str) -> None:
    """Each parallel worker has a Redis database of its own."""
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rsplit("/", 1)[0] + f"/{number}"
    _forget_cached()


@pytest.fixture(scope="session")
def postgres() -> LocalPostgres:
    return LocalPostgres(servers.home_of_this_run(), durable=False)


@pytest.fixture(scope="session")
def databases(postgres: LocalPostgres) -> Iterator[Databases]:
    """Databases as new, lent and taken back."""
    kept = Databases(postgres, servers.TEMPLATE)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def _shared_engine(postgres: LocalPostgres) -> Iterator[Engine]:
    name = f"shared_{uuid4().hex[:8]}"
    postgres.create_database(name, template=servers.TEMPLATE)
    engine = db.make_engine(postgres.url(name))
    yield engine
    engine.dispose()


@pytest.fixture
def session(_shared_engine: Engine) -> Iterator[Session]:
    """A session whose work is rolled back at the end of the test: for verbs that need one connection."""
    with rolled_back(_shared_engine) as session:
        yield session


@pytest.fixture
def database(databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """A database of the test's own, also used by ``transaction()``: for edges, races and kills."""
    name = databases.lend()
    monkeypatch.setenv("DATABASE_URL", databases.postgres.url(name))
    monkeypatch.setenv("HOTLEADS_SEAL_FILE", str(tmp_path / "seals.jsonl"))
    _forget_cached()
    yield db.engine()
    db.engine().dispose()
    _forget_cached()
    databases.take_back(name)


@pytest.fixture(autouse=True)
def _clean_redis() -> Iterator[None]:
    yield
    redis.redis().flushdb()


@pytest.fixture(autouse=True)
def _no_correlation() -> None:
    """What one test's request was called by is not known to the next."""
    logs.correlation_id.set(None)


@pytest.fixture
def now() -> datetime:
    """A fixed moment: Wednesday 4 November 2026, 18:00 UTC (10:00 in Las Vegas, 12:00 in Dallas)."""
    return datetime(2026, 11, 4, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """No test touches a network other than loopback (house rule 12)."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[0]) not in {"127.0.0.1", "::1", "localhost"}:  # type: ignore[index]
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


def _forget_cached() -> None:
    config.settings.cache_clear()
    db.engine.cache_clear()
    redis.redis.cache_clear()
    limits._limiter.cache_clear()
