"""A worker tells what takes long, shows its counts on a port, and forgets both with its death (SPEC 13.2, 13.3)."""

import os
import signal
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError

import pytest
from sqlalchemy import Engine, text

from core import ops
from core.kit import config, outbox, redis
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Unavailable
from core.kit.local.places import free_port
from jobs import presence as module
from jobs.presence import Presence
from tests.eventually import eventually
from tests.jobs.conftest import kill
from tests.jobs.test_worker import a_mail
from tests.mailserver import MailServer


def running() -> list[ops.RunningJob]:
    with transaction() as session:
        return ops.running_jobs(session, actor=SYSTEM, now=utc_now())


def a_job(**more: object) -> outbox.Job:
    values = {"id": SYSTEM.user_id, "kind": "lead.score", "key": "pat@example.com", "payload": {}, "ciphertext": None}
    return outbox.Job(**values | {"attempts": 1, "max_attempts": 5, "correlation_id": None} | more)  # type: ignore[arg-type]


def test_only_what_lasts_a_moment_is_told_and_its_end_too(database: Engine) -> None:
    presence = Presence()
    presence.begin(a_job())
    presence.tell()
    assert running() == [], "it has only just begun"
    assert presence._job is not None
    presence._job = ops.RunningJob(presence._job.id, "lead.score", presence._job.key, utc_now() - timedelta(seconds=2))
    presence.tell()
    (shown,) = running()
    assert (
        (shown.kind, shown.key) == ("lead.score", "[email]")
        and shown.worker is not None
        and shown.worker.endswith(f":{os.getpid()}")
    )
    presence.end()
    presence.tell()
    assert running() == []


def test_an_outage_of_redis_is_survived(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    presence = Presence()
    presence.begin(a_job())
    assert presence._job is not None
    presence._job = ops.RunningJob(presence._job.id, "lead.score", "1", utc_now() - timedelta(seconds=2))
    with monkeypatch.context() as away:
        away.setenv("REDIS_URL", "")
        forget()
        with pytest.raises(Unavailable):
            presence.tell()
        presence.start()
        assert running() == []
    forget()
    eventually(lambda: len(running()) == 1)
    presence.end()
    eventually(lambda: running() == [])
    presence.stop()


def forget() -> None:
    config.settings.cache_clear()
    redis.redis.cache_clear()


def test_a_job_that_hangs_is_seen_from_outside_and_counts_are_on_the_port(
    exchange: Engine, mail_server: MailServer, tmp_path: Path
) -> None:
    """A mail server that stays silent keeps its job, which shows by its lease: it is waited for beside the worker."""
    port, counts = free_port(), tmp_path / "metrics"
    counts.mkdir()
    mail_server.hold()
    environment = os.environ | {
        "HOTLEADS_WORKERS": "1",
        "HOTLEADS_METRICS_PORT": str(port),
        "PROMETHEUS_MULTIPROC_DIR": str(counts),
    }
    row = a_mail()
    code = "from jobs.worker import run; run()"
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=log, start_new_session=True)
    try:
        shown = eventually(lambda: next((job for job in running() if job.id == row), None))
        assert shown.kind == "email" and shown.since > utc_now() - timedelta(minutes=1)
        mail_server.release()
        eventually(lambda: 'hotleads_jobs_total{kind="email",outcome="done"} 1.0' in scrape(port))
        eventually(lambda: running() == [])
        assert "hotleads_queue_depth" not in scrape(port), "gauges of the exchange come from the web side"
        with pytest.raises(HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=15) == 0
    finally:
        kill(worker)
    with transaction() as session:
        assert session.execute(text("select state from outbox where id = :id"), {"id": row}).scalar_one() == "done"


def scrape(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except ConnectionError:
        return ""
