"""Where a walk through a RESO feed stands (SPEC 8.1): what the cursor holds and how each page moves it.

``since``: what is asked for. ``seen``: records already delivered that the next question brings again, by key.
``next``: the page to go on with inside a walk, ``started`` and ``high``: when it began, the latest timestamp it saw.

A walk is over when a page has no next one. The following one asks from the latest timestamp seen, or from five minutes
before this one began, whichever is earlier: a record that changed while we walked may have moved to a page already
behind us. ``seen`` keeps that overlap from being delivered twice.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from core.kit.db import Json
from core.sourcing.connectors.values import moment

OVERLAP = timedelta(minutes=5)
MOST_SEEN = 20_000  # beyond it the oldest are forgotten, and delivered again rather than never
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Walk:
    """One state of the walk; immutable."""

    since: datetime | None = None
    seen: dict[str, str] = field(default_factory=dict)
    next: str | None = None
    started: datetime | None = None
    high: datetime | None = None

    @classmethod
    def resumed(cls, cursor: Json | None, *, start: datetime | None) -> Self:
        """From a cursor, or from the beginning."""
        kept: dict[str, Any] = cursor or {}
        since = moment(kept.get("since")) or start
        return cls(since, dict(kept.get("seen") or {}), kept.get("next"), moment(kept.get("started")), moment(kept.get("high")))

    def cursor(self) -> Json:
        """As JSON, for keeping."""
        moments = {"since": self.since, "started": self.started, "high": self.high}
        kept = {name: value.isoformat() for name, value in moments.items() if value is not None}
        return kept | {"seen": self.seen} | ({"next": self.next} if self.next else {})

    def begun(self, now: datetime) -> Self:
        """A walk under way: as it is when it was, anew when it was not."""
        return self if self.next else replace(self, started=now, high=self.since)

    def knows(self, key: str, stamp: str) -> bool:
        """True for a record delivered before."""
        return self.seen.get(key) == stamp

    def turned(self, page: list[tuple[str, str]], next_url: str | None) -> Self:
        """After a page of keys with timestamps."""
        stamps = [moment(stamp) or EPOCH for _, stamp in page]
        high = max([*stamps, *([self.high] if self.high else [])], default=None)
        floor = self._floor(high)
        kept = {key: stamp for key, stamp in (self.seen | dict(page)).items() if (moment(stamp) or EPOCH) >= floor}
        for key in sorted(kept, key=lambda key: kept[key])[: max(0, len(kept) - MOST_SEEN)]:
            del kept[key]
        if next_url:
            return replace(self, seen=kept, next=next_url, high=high)
        return replace(self, since=min(high, floor) if high else self.since, seen=kept, next=None, started=None, high=None)

    def cut(self, *, ordered: bool) -> Self:
        """The peer no longer knows the next page: go on from the latest timestamp when pages come in its order, else anew."""
        since = self._floor(self.high) if ordered and self.high else self.since
        return replace(self, since=since, next=None, started=None, high=None)

    def _floor(self, high: datetime | None) -> datetime:
        started = self.started or EPOCH
        return min(high or EPOCH, started - OVERLAP if self.started else EPOCH)
