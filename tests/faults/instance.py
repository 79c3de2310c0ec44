"""A whole private instance: PostgreSQL, Redis, production's web server and a worker, kept running as ``hotleads up`` does."""

import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from cli.supervisor import Part, Supervisor
from core.kit import config, db, limits, redis
from core.kit.local import LocalPostgres, LocalRedis
from core.kit.local.places import free_port
from core.kit.migrations import upgrade
from tests.eventually import eventually

ROOT = Path(__file__).parent.parent.parent
BEFORE = "import tests.faults.shifted\n"  # does nothing where no clock is shifted
WEB = """
import sys
from gunicorn.app.wsgiapp import run
sys.argv = ["gunicorn", "--config", "python:intake_api.gunicorn_settings", "cli.wsgi:app"]
run()"""
WORKER = "from jobs.worker import run; run()"
POISON = "from tests.faults import poison; poison.spread()\n"


class Instance:
    """Its parts by name; whoever dies is started again by the supervisor, never by a test."""

    def __init__(self, home: Path, *, disk: Path | None = None, environment: dict[str, str] | None = None) -> None:
        self.home, self.port = home, free_port()
        self.postgres, self.redis = LocalPostgres(disk or home), LocalRedis(home)
        self.said: list[str] = []
        self.supervisor = Supervisor(home / "logs", say=self.said.append)
        self.environment = environment or {}
        self.parts: dict[str, Part] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_servers(self) -> dict[str, str]:
        """Both servers and an up-to-date database; returns what every part, and a test, has to know."""
        address = self.postgres.start()
        upgrade(address)
        return {
            "HOTLEADS_ENV": "test",
            "HOTLEADS_DEMO": "false",
            "HOTLEADS_HOME": str(self.home),
            "HOTLEADS_PORT": str(self.port),
            "HOTLEADS_TRUSTED_PROXIES": "1",
            "HOTLEADS_LOG_LEVEL": "WARNING",
            "HOTLEADS_WORKERS": "2",
            "HOTLEADS_SEAL_FILE": str(self.home / "seals.jsonl"),
            "DATABASE_URL": address,
            "REDIS_URL": self.redis.start(),
            **self.environment,
        }

    def start_parts(self) -> None:
        """Web and worker, watched from a thread."""
        self.parts["web"] = Part("web", [sys.executable, "-c", BEFORE + WEB])
        self.parts["worker"] = Part("worker", [sys.executable, "-c", BEFORE + POISON + WORKER])
        if "DATABASE_URL" not in self.environment:  # else it is a server that may fail over
            self.supervisor.keep(self.postgres)
        self.supervisor.keep(self.redis)
        self._watching = Thread(target=self._watch, daemon=True)
        self._watching.start()
        self.until_ready(within_s=180)

    def _watch(self) -> None:
        # In the thread that watches: a part ends with the thread that started it.
        for part in self.parts.values():
            self.supervisor.start(part)
        try:
            self.supervisor.watch()
        except Exception as error:
            self.said.append(f"The supervisor gave up: {error}")
        finally:
            self.supervisor.stop()

    def stop(self) -> None:
        self.supervisor.stopping.set()
        self._watching.join(60)
        self.redis.stop()
        self.postgres.stop()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                return True
        except OSError:
            return False

    def until_ready(self, *, within_s: float = 90) -> None:
        eventually(self.is_ready, within_s=within_s, every_s=0.2)

    def master(self, name: str) -> int:
        """Process id of a part's parent process."""
        process = self.parts[name].process
        assert process is not None
        return process.pid

    def children(self, name: str) -> list[int]:
        """Its forked processes, in the order of their start."""
        pid = self.master(name)
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []


def kill(pid: int, signum: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may have gone."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return


def forget_cached() -> None:
    """This process reads its settings anew."""
    for cached in (config.settings, db.engine, redis.redis, limits._limiter):
        cached.cache_clear()


@contextmanager
def running(home: Path, *, disk: Path | None = None, **environment: str) -> Iterator[Instance]:
    """An instance with its world still to be made; this process knows its settings meanwhile."""
    instance = Instance(home, disk=disk, environment=environment)
    before = dict(os.environ)
    try:
        os.environ |= instance.start_servers()
        forget_cached()
        instance.start_parts()
        yield instance
    finally:
        if hasattr(instance, "_watching"):
            instance.stop()
        db.engine().dispose()
        os.environ.clear()
        os.environ.update(before)
        forget_cached()
