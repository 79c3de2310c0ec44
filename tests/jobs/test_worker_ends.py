"""A worker whose log nobody reads, whose parent fails, whose database is away: it works on or ends, in a few lines."""

import os
import signal
import subprocess
import sys
from threading import Event

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from core.kit import config, db, outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from jobs import broker, relay
from tests.jobs.conftest import StartWorker, kill, until_state
from tests.jobs.test_worker import a_mail
from tests.mailserver import MailServer


def test_a_worker_whose_reader_went_away_works_on_and_ends_when_told(mail_server: MailServer, exchange: Engine) -> None:
    """``hotleads worker 2>&1 | head``: once its lines go nowhere they are lost, and nothing else is."""
    code = "from jobs.worker import run; run()"
    environment = os.environ | {"HOTLEADS_WORKERS": "1"}
    worker = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert worker.stdout and worker.stderr
    try:
        assert b"worker.started" in worker.stderr.readline()
        worker.stdout.close()
        worker.stderr.close()
        with transaction() as session:  # which is logged as a failure, into the closed pipe
            refused = outbox.enqueue(session, "no.such.kind", key="1", now=utc_now(), max_attempts=1)
        until_state(refused, "dead")
        row = a_mail()
        until_state(row, "done")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=15) == 0
    finally:
        kill(worker)


def forget_cached() -> None:
    """Read the settings anew and open the database they name."""
    db.engine().dispose()
    config.settings.cache_clear()
    db.engine.cache_clear()


BROKEN = """
from jobs.worker import RowConsumer
def broken(self): raise RuntimeError("nobody thought of this")
RowConsumer.check_worker_health = broken
"""


def test_a_worker_whose_parent_fails_ends_with_its_processes(start_worker: StartWorker) -> None:
    """They heed no gentle signal, so a parent that goes must tell them; before, it waited for them for ever."""
    worker = start_worker(BROKEN)
    assert worker.wait(timeout=20) == 1


def test_a_database_that_is_away_is_told_with_its_trace_once() -> None:
    trouble = relay.Trouble()
    away = OperationalError("select 1", {}, Exception("connection refused\nmore of it"))
    with capture_logs() as said:
        for _ in range(60):
            trouble.failed(away)
        first, *later = said
        assert first["event"] == "relay.failed" and first["exc_info"] is away
        assert [line["rounds"] for line in later] == [2, 4, 8, 16, 20, 32, 40, 60]
        assert {line["event"] for line in later} == {"relay.still_failing"} and not any("exc_info" in line for line in later)
        assert "\n" not in later[0]["error"]
    with capture_logs() as said:
        trouble.failed(ValueError("another fault"))
        trouble.over()
        trouble.over()
    assert [line["event"] for line in said] == ["relay.failed", "relay.works_again"], "another fault is told whole; the end once"


def test_rounds_that_fail_are_told_as_one_trouble(exchange: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay itself, of a server that is not there and then is."""
    stop = Event()
    stop.set()  # so that no round waits for the next one
    rounds = relay.Relay(broker.broker(), stop, 1, False)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
        forget_cached()
        rounds.loop()
        rounds.loop()
        assert rounds.trouble.rounds == 2
    forget_cached()
    rounds.loop()
    assert rounds.trouble.rounds == 0
