"""What production runs: gunicorn's processes count as one and push jobs at once; the first administrator is invited."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from cli.main import app
from core import messaging
from core.kit import config, redis
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local.places import free_port
from tests.builders import a_user
from tests.eventually import eventually

COMMAND = ("gunicorn", "--config", "python:intake_api.gunicorn_settings", "cli.wsgi:app", "--workers", "2")
QUEUE = "huey.redis.hotleads"


def ask(url: str, body: object = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data, {"Content-Type": "application/json"}), timeout=10
        ) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()
    except URLError:
        return 0, ""


@pytest.fixture
def server(database: Engine, tmp_path: Path) -> Iterator[str]:
    """gunicorn as production has it, two processes, on the test's own database."""
    port, metrics, log = free_port(), tmp_path / "metrics", tmp_path / "log"
    metrics.mkdir()
    environment = os.environ | {"HOTLEADS_PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    with (
        log.open("wb") as out,
        subprocess.Popen([sys.executable, "-m", *COMMAND], env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            eventually(lambda: ask(f"{address}/health/live")[0] == 200 or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def test_what_is_committed_is_pushed_at_once_and_processes_count_as_one(server: str) -> None:
    with transaction() as session:
        messaging.seed_templates(session, now=utc_now())
        a_user(session, utc_now(), email="pat@example.com")
    status, _ = ask(f"{server}/api/v1/auth/forgot-password", {"email": "pat@example.com"})
    assert status == 200
    with transaction() as session:
        row = session.execute(text("select id from outbox where kind = 'email'")).scalar_one()
    eventually(lambda: redis.redis().zcard(QUEUE) > 0)  # a thread beside the requests carries it there
    (message,) = redis.redis().zrange(QUEUE, 0, -1)
    assert str(row).encode() in message, "no relay runs here: only the server itself can have pushed it"

    for _ in range(30):
        assert ask(f"{server}/health/ready")[0] == 200
    shown = ask(f"{server}/metrics")[1]
    counted = re.findall(r'hotleads_http_seconds_count{method="GET",route="/health/ready",status="2xx"} (\S+)', shown)
    assert counted == ["30.0"], "each series stands once, summed over the processes"


def test_the_first_administrator_is_invited(database: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    config.settings.cache_clear()
    done = CliRunner().invoke(app, ["invite-admin", "First.Admin@example.com"])
    assert done.exit_code == 0 and "Invited" in done.output
    with transaction() as session:
        user = session.execute(
            text("select role, status, password_hash from user_account where email_key = :e"), {"e": "first.admin@example.com"}
        ).one()
        mail = session.execute(text("select payload from outbox where kind = 'email'")).scalar_one()
    assert tuple(user) == ("admin", "pending", None) and mail["template"] == "invitation"
    again = CliRunner().invoke(app, ["invite-admin", "first.admin@example.com"])
    assert again.exit_code == 1
    config.settings.cache_clear()
