"""The time a connector lives by; another one can be given where waiting would be in the way."""

import time
from datetime import datetime
from typing import Protocol

from core.kit import clock


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """The moment, aware UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after this long."""
        ...


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        """The moment, aware UTC."""
        return clock.utc_now()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)
