"""What comes in: sales, refunds and deposits by day, week or month, and by niche and market (SPEC 12.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.counts import counted
from core.reports.errors import ReportInvalid
from core.reports.kept import Reported, kept
from core.reports.scope import Scope

Step = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class RevenuePoint:
    """One day, or the week or month that begins with it; cents. Deposits belong to no niche and no market."""

    at: date
    revenue_cents: int
    refund_cents: int
    deposit_cents: int

    @property
    def net_cents(self) -> int:
        """Revenue less refunds."""
        return self.revenue_cents - self.refund_cents


@dataclass(frozen=True, slots=True)
class Earner:
    """What one niche earned in one market."""

    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    sales: int
    revenue_cents: int
    refunds: int
    refund_cents: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Points over time without a gap, sums by niche and market, and every other kind of transfer of the period in cents."""

    step: Step
    points: tuple[RevenuePoint, ...]
    earners: tuple[Earner, ...]
    transfers: dict[str, int]


_EARNERS = """select n.id, n.name, m.id, m.name, sum(c.sold)::bigint, sum(c.revenue_cents)::bigint, sum(c.refunds)::bigint,
  sum(c.refund_cents)::bigint
  from counted c join niche n on n.id = c.niche_id join market m on m.id = c.market_id
 group by n.id, m.id having sum(c.sold) > 0 or sum(c.refunds) > 0 order by 6 desc, 2, 4"""
_TRANSFERS = text("""
    select kind, date_trunc(:step, at at time zone :zone)::date, sum(amount_cents)::bigint from transfer
     where kind <> 'lead_charge' and at >= cast(:since as date)::timestamp at time zone :zone
       and at < (cast(:until as date) + 1)::timestamp at time zone :zone
     group by 1, 2""")


@may_be_old
def revenue(
    session: Session, *, actor: Actor, scope: Scope, step: str = "day", now: datetime, refresh: bool = False
) -> Reported[Revenue]:
    """Sales at their price, refunds when given, deposits when credited (SPEC 12.1). Its readers are recorded."""
    actor.require("admin", "analyst")
    if step not in get_args(Step):
        raise ReportInvalid("step", f"Choose one of: {', '.join(get_args(Step))}.")
    audit.record_reading(session, actor, "revenue", now=now)
    chosen: Step = step  # type: ignore[assignment]  # one of them by now
    return kept(Revenue, f"revenue:{step}:{scope.key}", lambda: _revenue(session, scope, chosen), now=now, refresh=refresh)


def _revenue(session: Session, scope: Scope, step: Step) -> Revenue:
    sql, values = counted(scope)
    by_time = session.execute(
        text(f"""with {sql} select date_trunc(:step, day::timestamp)::date, sum(revenue_cents)::bigint, sum(refund_cents)::bigint
                 from counted group by 1"""),  # noqa: S608
        values | {"step": step},
    )
    sold = {at: (revenue, refunds) for at, revenue, refunds in by_time}
    moved = session.execute(_TRANSFERS, scope.values | {"step": step, "zone": scope.timezone}).all()
    deposits = {at: cents for kind, at, cents in moved if kind == "deposit"}
    transfers: dict[str, int] = {}
    for kind, _, cents in moved:
        transfers[kind] = transfers.get(kind, 0) + cents
    points = (RevenuePoint(at, *sold.get(at, (0, 0)), deposits.get(at, 0)) for at in _all(scope, step))
    earners = session.execute(text(f"with {sql} {_EARNERS}"), values)
    return Revenue(step, tuple(points), tuple(Earner(*row) for row in earners), transfers)


def _all(scope: Scope, step: Step) -> list[date]:
    """Every day, Monday or first of a month that the scope touches, also where no money moved."""
    begins: dict[Step, Callable[[date], date]] = {
        "day": lambda day: day,
        "week": lambda day: day - timedelta(days=day.weekday()),
        "month": lambda day: day.replace(day=1),
    }
    return sorted(set(map(begins[step], scope.dates)))
