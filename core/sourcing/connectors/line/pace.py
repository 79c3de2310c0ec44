"""How often a peer may be asked: a least interval, and budgets for an hour or a day that survive a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.kit.db import Json
from core.sourcing.connectors.line.clock import Clock
from core.sourcing.errors import SourceUnavailable


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most ``most`` requests or bytes in any ``seconds``."""

    unit: str
    most: int
    seconds: int


class Pace:
    """Waits before a request while the interval asks for it; refuses when a budget is used up.

    A budget counts in fixed windows and gives half of the allowance in each, so that no sliding window, however the peer
    lays it, holds more than the whole.
    """

    def __init__(self, clock: Clock, *, interval_s: float = 0.0, allowances: Sequence[Allowance] = ()) -> None:
        self.interval_s = interval_s
        self._clock = clock
        self._allowances = tuple(allowances)
        self._next: datetime | None = None
        self._held: datetime | None = None
        self._used: dict[str, tuple[datetime, int]] = {}

    def allow(self, allowances: Sequence[Allowance]) -> None:
        """Keep within these budgets too."""
        self._allowances += tuple(allowances)

    def hold_until(self, timestamp: float) -> None:
        """Nothing more before this moment (seconds since 1970), within a day."""
        until = datetime.fromtimestamp(min(timestamp, self._clock.now().timestamp() + 86_400), UTC)
        self._held = until

    def before(self) -> None:
        """Called before each request; raises ``SourceUnavailable`` with the seconds until a budget frees."""
        now = self._clock.now()
        if self._held is not None and now < self._held:
            wait = int((self._held - now).total_seconds()) + 1
            raise SourceUnavailable("source.budget", "The source's quota for this hour is used up.", retry_after_s=wait)
        for name, allowance in self._named():
            since, used = self._window(name, allowance, now)
            if used >= allowance.most // 2:
                wait = int((since + timedelta(seconds=allowance.seconds) - now).total_seconds()) + 1
                words = f"The budget of {allowance.most} {allowance.unit} in {_span(allowance.seconds)} is used up for now."
                raise SourceUnavailable("source.budget", words, retry_after_s=wait)
        if self._next is not None and self._next > now:
            self._clock.wait((self._next - now).total_seconds())
            now = self._clock.now()
        self._next = now + timedelta(seconds=self.interval_s)
        self._count("requests", 1)

    def received(self, size: int) -> None:
        """Called with the bytes of an answer as they came over the wire."""
        self._count("bytes", size)

    def kept(self) -> Json:
        """What to remember of the budgets, for the cursor."""
        return {name: [since.isoformat(), used] for name, (since, used) in self._used.items()}

    def restore(self, kept: Mapping[str, Sequence[object]] | None) -> None:
        """Go on from what a cursor remembers."""
        for name, (since, used) in (kept or {}).items():
            self._used[name] = (datetime.fromisoformat(str(since)), int(str(used)))

    def _count(self, unit: str, amount: int) -> None:
        now = self._clock.now()
        for name, allowance in self._named():
            if allowance.unit == unit:
                since, used = self._window(name, allowance, now)
                self._used[name] = (since, used + amount)

    def _named(self) -> list[tuple[str, Allowance]]:
        return [(f"{allowance.unit}/{allowance.seconds}", allowance) for allowance in self._allowances]

    def _window(self, name: str, allowance: Allowance, now: datetime) -> tuple[datetime, int]:
        since, used = self._used.get(name, (now, 0))
        return (since, used) if now < since + timedelta(seconds=allowance.seconds) else (now, 0)


def _span(seconds: int) -> str:
    return {3600: "an hour", 86400: "a day"}.get(seconds, f"{seconds} seconds")
