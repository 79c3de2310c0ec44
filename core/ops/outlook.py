"""What this exchange, or a day that somebody thinks of, takes: the capacity model with what was seen here as its inputs."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.config import settings
from core.ops.capacity import BOUNDS, Capacity, Day, capacity

SEEN_DAYS = 28  # four whole weeks, so that no day of the week counts more than another
_SEEN = text("""
    select (select min(submitted_at) from lead where submitted_at > :since and submitted_at <= :now) as first,
           (select count(*) from lead where submitted_at > :since and submitted_at <= :now) as leads,
           (select count(*) from assignment where assigned_at > :since and assigned_at <= :now) as sales,
           (select count(*) from market_event where kind = 'search' and at > :since and at <= :now) as searches""")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a ``day`` needs; ``seen`` is the mean day of the last four weeks here, none where no lead came."""

    day: Day
    need: Capacity
    seen: Day | None


def outlook(session: Session, *, actor: Actor, asked: dict[str, float], now: datetime) -> Outlook:
    """The need of a day with so much of what is ``asked``, for the rest as it was seen here. Admins and analysts.

    ``asked`` has names of ``Day``; raises ``DayOutOfBounds`` for what no exchange sees.
    """
    actor.require("admin", "analyst")
    seen = seen_day(session, now=now)
    day = replace(seen or Day(leads=1_000), **asked)  # type: ignore[arg-type]
    return Outlook(day, capacity(day, pool=settings().database_pool), seen)


def seen_day(session: Session, *, now: datetime) -> Day | None:
    """The mean day of the last four weeks, or of the time since the first lead where that is less."""
    row = session.execute(_SEEN, {"since": now - timedelta(days=SEEN_DAYS), "now": now}).one()
    if not row.leads:
        return None
    days = max((now - row.first) / timedelta(days=1), 1.0)
    return Day(
        leads=int(_within("leads", ceil(row.leads / days))),
        sales_per_lead=_within("sales_per_lead", round(row.sales / row.leads, 2)),
        searches_per_lead=_within("searches_per_lead", round(row.searches / row.leads, 2)),
    )


def _within(name: str, value: float) -> float:
    least, most = BOUNDS[name]
    return min(max(value, least), most)
