"""What a report is about: dates on the clock of each lead's own market, one market or all, one niche or all."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.reports.errors import ReportInvalid

DAYS = 30
LONGEST_DAYS = 1100


@dataclass(frozen=True, slots=True)
class Scope:
    """From ``since`` to ``until``, both included; ``timezone`` is that of the market chosen, UTC for all of them."""

    since: date
    until: date
    market_id: UUID | None = None
    niche_id: UUID | None = None
    timezone: str = "UTC"

    @property
    def days(self) -> int:
        """How many days the report covers."""
        return (self.until - self.since).days + 1

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day of it: a trend leaves none out, also where nothing happened."""
        return tuple(self.since + timedelta(days=n) for n in range(self.days))

    @property
    def before(self) -> date:
        """The first day of the period of the same length before this one."""
        return self.since - timedelta(days=self.days)

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of the statements."""
        return {"since": self.since, "until": self.until, "market": self.market_id, "niche": self.niche_id}

    @property
    def key(self) -> str:
        """Name of the scope in the cache."""
        return f"{self.since}:{self.until}:{self.market_id or 'all'}:{self.niche_id or 'all'}"


def scope_of(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    days: int = DAYS,
    market_id: UUID | None = None,
    niche_id: UUID | None = None,
    now: datetime,
) -> Scope:
    """The scope asked for: without dates the last ``days`` up to today; raises ``ReportInvalid`` in words (SPEC 12.1).

    Today is the newest day that has begun in a market: this is what "the last 30 days" means wherever it is said of leads.
    """
    zones = session.execute(
        text("select timezone from market where cast(:market as uuid) is null or id = :market"), {"market": market_id}
    ).scalars()
    known = list(zones)
    if market_id is not None and not known:
        raise ReportInvalid("market_id", "There is no such market.")
    if niche_id is not None and not session.scalar(text("select true from niche where id = :id"), {"id": niche_id}):
        raise ReportInvalid("niche_id", "There is no such niche.")
    today = max((now.astimezone(ZoneInfo(zone)).date() for zone in known), default=now.date())
    last = until or (max(today, since) if since else today)
    first = since or last - timedelta(days=days - 1)
    if first > last:
        raise ReportInvalid("since", "The first day lies after the last one. Swap them.")
    if (last - first).days >= LONGEST_DAYS:
        raise ReportInvalid("since", f"Choose at most {LONGEST_DAYS:,} days.")
    return Scope(first, last, market_id, niche_id, known[0] if market_id else "UTC")
