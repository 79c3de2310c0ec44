"""A private Redis on a free loopback port; nothing in it needs to survive (house rule 7)."""

import json
import os
import signal
import time
from pathlib import Path

from redis import Redis, RedisError

from core.kit.errors import Unavailable
from core.kit.local.apart import run_apart
from core.kit.local.ending import end_server
from core.kit.local.places import find_program, port_again

FIX = "On Debian or Ubuntu: apt-get install redis-server; or set REDIS_URL to a server of yours."


class LocalRedis:
    """One server under ``home/name``; ``start`` is a no-op when it already runs."""

    def __init__(self, home: Path, name: str = "redis") -> None:
        self.directory = (home / name).resolve()
        self.place = self.directory / "place.json"
        self.launched_at: float | None = None

    def start(self) -> str:
        """Start the server unless it runs, and return its address."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self.pid():
            self.launch()
        self._wait()
        return self.url()

    def url(self) -> str:
        """Address of database 0 of the server."""
        return f"redis://127.0.0.1:{json.loads(self.place.read_text())['port']}/0"

    def pid(self) -> int | None:
        """Process id of the running server, if it runs."""
        try:
            pid = int((self.directory / "pid").read_text())
            os.kill(pid, 0)
            return pid if b"redis-server" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
        except (OSError, ValueError):
            return None

    def stop(self, *, seconds: float = 10) -> None:
        """Stop the server."""
        end_server(self.pid, launched_at=self.launched_at, gently=signal.SIGTERM, firmly=signal.SIGKILL, seconds=seconds)

    def launch(self) -> None:
        """Start the server without waiting for it."""
        port = port_again(int(json.loads(self.place.read_text())["port"]) if self.place.exists() else None)
        pidfile = self.directory / "pid"
        pidfile.unlink(missing_ok=True)
        options = {
            "port": port,
            "bind": "127.0.0.1",
            "dir": self.directory,
            "pidfile": pidfile,
            "logfile": self.directory / "log",
            "daemonize": "yes",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        program = find_program("redis-server", fix=FIX)
        self.place.write_text(json.dumps({"port": port}))
        self.launched_at = time.monotonic()
        command = [program, *words, "--save", "", "--appendonly", "no"]
        run_apart(command, check=True, capture_output=True)

    def _wait(self, seconds: float = 10) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                Redis.from_url(self.url()).ping()
                return
            except RedisError as error:
                if time.monotonic() > until:
                    raise Unavailable(
                        "redis.start", f"Redis did not start: {error}. Its log is {self.directory / 'log'}."
                    ) from error
                time.sleep(0.05)
