"""How the queue of reports stands, and how the last thirty days went (SPEC 12.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor

PERIOD = timedelta(days=30)

_WAITING = """
select count(*) as open, count(*) filter (where due_at <= :now) as overdue, count(*) filter (where status = 'appealed'),
       min(due_at) as next_due_at, extract(epoch from cast(:now as timestamptz) - min(coalesce(appealed_at, reported_at)))::float8
  from claim where status in ('pending', 'appealed')"""
_PERIOD = """
select count(*) filter (where c.reported_at >= :since) as reported,
       count(*) filter (where c.decided_at >= :since and c.status = 'approved') as approved,
       count(*) filter (where c.decided_at >= :since and c.status = 'rejected') as rejected,
       count(*) filter (where c.decided_at >= :since and c.resolution = 'class_credit') as class_credits,
       count(*) filter (where c.decided_at >= :since and c.resolution = 'overdue_credit') as overdue_credits,
       cast(avg(extract(epoch from c.decided_at - coalesce(c.appealed_at, c.reported_at)))
            filter (where c.decided_at >= :since) as float8) as mean_answer_s
  from claim c where c.reported_at >= :since or c.decided_at >= :since"""


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """The queue now, then the last 30 days: counts, seconds to an answer, cents paid back (whatever the cause)."""

    open: int
    overdue: int
    appeals: int
    next_due_at: datetime | None
    oldest_wait_s: float | None
    reported: int
    approved: int
    rejected: int
    class_credits: int
    overdue_credits: int
    mean_answer_s: float | None
    refunds: int
    refunded_cents: int
    by_reason: dict[str, int]

    @property
    def approval_rate(self) -> float | None:
        """Share of the answered reports that were upheld, 0..1; ``None`` when none was answered."""
        answered = self.approved + self.rejected
        return self.approved / answered if answered else None


def metrics(session: Session, *, actor: Actor, now: datetime) -> ClaimFigures:
    """Figures of the claims page, for staff."""
    actor.require("admin", "analyst")
    marks = {"now": now, "since": now - PERIOD}
    waiting = session.execute(text(_WAITING), marks).one()
    period = session.execute(text(_PERIOD), marks).one()
    paid = session.execute(
        text("select count(*), coalesce(sum(amount_cents), 0)::bigint from refund where at >= :since and at <= :now"), marks
    ).one()
    reasons = session.execute(
        text("select reason, count(*) as reports from claim where reported_at >= :since group by 1 order by 1"), marks
    )
    figures: list[Any] = [*waiting, *period, *paid, {row.reason: row.reports for row in reasons}]
    return ClaimFigures(*figures)
