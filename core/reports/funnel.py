"""Where do leads get stuck? The steps by hour, day or week, and what waits at each of them now (SPEC 12.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.counts import counted
from core.reports.errors import ReportInvalid
from core.reports.kept import Reported, kept
from core.reports.scope import Scope

Step = Literal["hour", "day", "week"]
MOST_HOURLY_DAYS = 14
HOUR = timedelta(hours=1)
_STEPS: dict[Step, str] = {"hour": "at", "day": "day", "week": "date_trunc('week', day)::date"}
_MEASURES = ("submitted", "confirmed", "approved", "rejected", "distributed", "sold")


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """What happened in one hour (its beginning), on one day or in one week (its Monday)."""

    at: AwareDatetime | date  # aware, so that a day that was kept as text is no midnight when it is read again
    submitted: int
    confirmed: int
    approved: int
    rejected: int
    distributed: int
    sold: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Leads that stand still at a step now, and since when the first of them."""

    status: str
    leads: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps over time, their totals, and what waits."""

    step: Step
    points: tuple[FunnelPoint, ...]
    totals: dict[str, int]
    waiting: tuple[Waiting, ...]


_WAITING = text("""
    select status, count(*), min(coalesce(confirmed_at, submitted_at)) from lead
     where status in ('pending_confirmation', 'pending_approval', 'quarantined')
       and (cast(:market as uuid) is null or market_id = :market) and (cast(:niche as uuid) is null or niche_id = :niche)
     group by 1 order by array_position(array['pending_confirmation', 'pending_approval', 'quarantined'], status)""")


@may_be_old
def funnel(
    session: Session, *, actor: Actor, scope: Scope, step: str = "day", now: datetime, refresh: bool = False
) -> Reported[Funnel]:
    """The steps of the scope, each at the moment it was taken, so that every lead counts on the day it moved (SPEC 12.1)."""
    actor.require("admin", "analyst", "scientist")
    if step not in get_args(Step):
        raise ReportInvalid("step", f"Choose one of: {', '.join(get_args(Step))}.")
    if step == "hour" and scope.days > MOST_HOURLY_DAYS:
        raise ReportInvalid("step", f"By the hour, choose at most {MOST_HOURLY_DAYS} days.")
    chosen: Step = step  # type: ignore[assignment]  # one of them by now
    return kept(Funnel, f"funnel:{step}:{scope.key}", lambda: _funnel(session, scope, chosen), now=now, refresh=refresh)


def _funnel(session: Session, scope: Scope, step: Step) -> Funnel:
    sql, values = counted(scope)
    sums = ", ".join(f"sum({name})" for name in _MEASURES)
    rows = session.execute(text(f"with {sql} select {_STEPS[step]}, {sums} from counted group by 1 order by 1"), values)  # noqa: S608
    found = {row[0]: FunnelPoint(row[0], *map(int, row[1:])) for row in rows}
    points = tuple(found.get(at) or FunnelPoint(at, 0, 0, 0, 0, 0, 0) for at in _all(scope, step, found))
    totals = {name: sum(getattr(point, name) for point in points) for name in _MEASURES}
    return Funnel(step, points, totals, tuple(Waiting(*row) for row in session.execute(_WAITING, scope.values)))


def _all(scope: Scope, step: Step, found: Collection[datetime | date]) -> list[datetime | date]:
    """Every day or week of the scope, also those in which nothing happened; of hours those from the first to the last one
    in which something did."""
    if step == "hour":
        hours = [at for at in found if isinstance(at, datetime)]
        span = int((max(hours) - min(hours)) / HOUR) if hours else -1
        return sorted({*hours, *(min(hours) + n * HOUR for n in range(span + 1))})
    if step == "day":
        return list(scope.dates)
    return sorted({day - timedelta(days=day.weekday()) for day in scope.dates})
