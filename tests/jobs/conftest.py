"""A database of the test's own, a mail server, and worker processes that really run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, Row, text

from core import messaging
from core.kit import config
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.redis import redis
from jobs import broker
from tests.eventually import eventually
from tests.mailserver import MailServer, running_mail_server

StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with running_mail_server() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        config.settings.cache_clear()
        yield server


@pytest.fixture
def exchange(database: Engine, mail_server: MailServer) -> Iterator[Engine]:
    """A seeded database whose commits reach the broker, as in a web process."""
    broker.broker.cache_clear()
    with transaction() as session:
        messaging.seed_templates(session, now=utc_now())
    leave = broker.connect()
    yield database
    leave()
    broker.broker.cache_clear()
    config.settings.cache_clear()


@pytest.fixture
def start_worker(exchange: Engine, tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker in a process group of its own; what a test leaves running is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(before: str = "") -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker{len(started)}.log").open("wb")
        environment = os.environ | {"HOTLEADS_WORKERS": "1"}
        code = f"{before}\nfrom jobs.worker import run; run()"
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=log, start_new_session=True)
        log.close()
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def row_of(job_id: object) -> Row[tuple[object, ...]]:
    with transaction() as session:
        return session.execute(text("select * from outbox where id = :id"), {"id": job_id}).one()


def until_state(job_id: object, *states: str) -> Row[tuple[object, ...]]:
    """Wait until the row is in one of the states."""
    return eventually(lambda: row if (row := row_of(job_id)).state in states else None)


def queued_ids() -> list[bytes]:
    return [data[8:] for data in redis().zrange(f"huey.redis.{broker.NAME}", 0, -1)]
