"""A private PostgreSQL or Redis that dies is started again where it was, so that whoever used it finds it."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.kit.errors import HotleadsError

WITHIN_S = 60.0  # one that ran so long is well again
SETTLED_S = 2.0  # until then a server that starts may not have told its process id


class Server(Protocol):
    """What can be asked of a private server."""

    def pid(self) -> int | None:
        """Its process, when it runs."""

    def launch(self) -> None:
        """Start it without waiting."""


@dataclass
class KeptServer:
    """One server: how often it was started lately, and when it is started again."""

    server: Server
    starts: int = 0
    started_at: float = 0.0
    again_at: float | None = None

    @property
    def name(self) -> str:
        """As people say it."""
        return type(self.server).__name__.removeprefix("Local")

    def look_after(self, say: Callable[[str], None]) -> None:
        """Start it again when it does not run, after a pause that grows while it keeps stopping."""
        now = time.monotonic()
        if self.server.pid() is not None:
            self.again_at = None
            if now - self.started_at > WITHIN_S:
                self.starts = 0
        elif self.again_at is None and now - self.started_at > SETTLED_S:
            self.starts += 1
            pause = pause_before(self.starts)
            say(f"{self.name} stopped; starting it again in {pause:.0f} s.")
            self.again_at = now + pause
        elif self.again_at is not None and now >= self.again_at:
            self._start(now, say)

    def _start(self, now: float, say: Callable[[str], None]) -> None:
        self.again_at, self.started_at = None, now
        try:
            self.server.launch()
        except (OSError, subprocess.CalledProcessError, HotleadsError) as error:
            say(f"{self.name} could not be started: {error}")


def pause_before(recent_starts: int) -> float:
    """Seconds to wait before something is started again: doubling, 15 at most."""
    return float(min(2.0 ** (recent_starts - 1), 15.0))
