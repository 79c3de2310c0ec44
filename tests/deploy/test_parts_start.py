"""Each part of the composition starts as it is written there: its own command, its own settings, production's rules."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from sqlalchemy import Engine

from core.kit.local.places import free_port
from tests.deploy.ground import DEPLOY, ROOT, load
from tests.eventually import eventually

pytestmark = pytest.mark.long
SERVICES: dict[str, dict[str, Any]] = load(DEPLOY / "compose.yaml")["services"]
TOKEN = secrets.token_hex(32)
GIVEN = {
    "HOTLEADS_DOMAIN": "leads.example.com",
    "HOTLEADS_SECRET_KEY": secrets.token_hex(32),
    "HOTLEADS_METRICS_TOKEN": TOKEN,
    "POSTGRES_PASSWORD": secrets.token_hex(32),
}


def filled(value: object) -> str:
    """A value of the composition with its variables put in."""
    return re.sub(
        r"\$\{(\w+)(?::?([-?])([^}]*))?\}",
        lambda found: GIVEN.get(found[1], found[3] if found[2] == "-" else ""),
        str(value),
    )


class Ground:
    """Where a part's neighbours and volumes are in this test: the composition's names on one machine."""

    def __init__(self, home: Path, database: str, redis: str) -> None:
        self.home, self.database, self.redis = home, database, redis
        for volume in ("data", "seals", "backups", "alerting", "metrics"):
            (home / volume).mkdir()

    def environment(self, part: str, port: int) -> dict[str, str]:
        """What the image sets, then what the composition sets."""
        image = {
            "HOTLEADS_ENV": "production", "HOTLEADS_HOST": "127.0.0.1", "HOTLEADS_PORT": str(port),
            "HOTLEADS_HOME": str(self.home / "data"), "PROMETHEUS_MULTIPROC_DIR": str(self.home / "metrics"),
        }  # fmt: skip
        here = {"DATABASE_URL": self.database, "REDIS_URL": self.redis, "HOTLEADS_METRICS_PORT": str(port)}
        said = {name: self.at_home(filled(value)) for name, value in SERVICES[part]["environment"].items()}
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("HOTLEADS_", "STRIPE_", "PAYPAL_"))}
        return ours | image | said | {name: value for name, value in here.items() if name in said}

    def at_home(self, value: str) -> str:
        """A path of a volume as the path it has here."""
        return re.sub(r"^/(data|seals|backups|alerting)\b", rf"{self.home}/\1", value)

    def command(self, part: str) -> list[str]:
        """The composition's words, run by this interpreter."""
        program, *words = (self.at_home(word) for word in SERVICES[part]["command"])
        return [sys.executable, "-m", {"hotleads": "cli", "gunicorn": "gunicorn"}[program], *words]


@pytest.fixture
def ground(database: Engine, tmp_path: Path) -> Ground:
    return Ground(tmp_path, os.environ["DATABASE_URL"], os.environ["REDIS_URL"])


@contextmanager
def running(ground: Ground, part: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    log = ground.home / f"{part}.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(ground.command(part), env=ground.environment(part, port), cwd=ROOT, stdout=out, stderr=out) as process,
    ):
        try:
            yield process
        except AssertionError as error:
            raise AssertionError(log.read_text()[-3000:]) from error
        finally:
            process.send_signal(signal.SIGTERM)


def ask(port: int, path: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=20
        ) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code
    except (URLError, OSError):
        return 0


def test_what_runs_once_ends_well(ground: Ground) -> None:
    for part in ("migrate", "alerting"):
        ended = subprocess.run(
            ground.command(part), env=ground.environment(part, free_port()), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
    assert json.loads((ground.home / "alerting" / "alertmanager.json").read_text())["route"]["receiver"] == "operations"


@pytest.mark.parametrize(("part", "path"), [("api", "/health/live"), ("web", "/health/live"), ("worker", "/metrics")])
def test_what_lasts_answers(ground: Ground, part: str, path: str) -> None:
    port = free_port()
    with running(ground, part, port) as process:
        eventually(lambda: ask(port, path) == 200 or process.poll() is not None)
        assert process.poll() is None
        if part != "worker":
            assert (ask(port, "/metrics"), ask(port, "/metrics", Authorization=f"Bearer {TOKEN}")) == (403, 200)
