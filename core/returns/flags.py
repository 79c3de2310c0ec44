"""Who reports a lot and gets a lot back: information for people, nothing follows by itself (SPEC 7.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit.actor import Actor

# Class credits count neither as reports nor as refunds: the lead was bad for everybody.
_FLAGS = text("""
with reports as (
  select provider_id, count(*) as reports, count(*) filter (where status = 'approved') as upheld,
         count(*) filter (where status in ('approved', 'rejected')) as decided
    from claim where reported_at >= :since and reported_at <= :now and status <> 'withdrawn'
     and resolution is distinct from 'class_credit'
     and (cast(:provider as uuid) is null or provider_id = :provider)
   group by provider_id having count(*) >= :reports
), figures as (
  select r.*,
         (select count(*) from assignment a
           where a.provider_id = r.provider_id and a.assigned_at >= :since and a.assigned_at <= :now) as delivered,
         (select count(*) from refund f join assignment a on a.id = f.assignment_id
           where a.provider_id = r.provider_id and f.at >= :since and f.at <= :now and f.cause <> 'class_credit') as refunded
    from reports r
)
select f.provider_id, p.company_name, f.reports, f.decided, f.upheld, f.delivered, f.refunded,
       f.upheld * 100 > f.decided * :approval as often_upheld, f.refunded * 100 > f.delivered * :refund as often_refunded
  from figures f join provider p on p.id = f.provider_id
 where f.upheld * 100 > f.decided * :approval or f.refunded * 100 > f.delivered * :refund
 order by f.reports desc, f.provider_id""")


@dataclass(frozen=True, slots=True)
class Flag:
    """One company whose reports stand out, with the figures (of the last 30 days) and why, in sentences."""

    provider_id: UUID
    company: str
    reports: int
    decided: int
    upheld: int
    delivered: int
    refunded: int
    reasons: tuple[str, ...]

    @property
    def approval_rate(self) -> float:
        """Share of the answered reports that were upheld, 0..1."""
        return self.upheld / self.decided if self.decided else 0.0

    @property
    def refund_rate(self) -> float:
        """Refunds against leads delivered in the same time; 0 when none was."""
        return self.refunded / self.delivered if self.delivered else 0.0


def flags(session: Session, *, actor: Actor, provider_id: UUID | None = None, now: datetime) -> list[Flag]:
    """Companies with at least 10 reports in 30 days of which more than half were upheld, or with more than 20 % of
    their leads refunded; the figures are thresholds (SPEC 7.4). For staff; information only. Who reads it is recorded."""
    actor.require("admin", "analyst")
    audit.record_reading(session, actor, "flagged companies", entity_id=provider_id, now=now)
    days = ops.threshold(session, "flag_days")
    values = {
        "since": now - timedelta(days=days),
        "now": now,
        "provider": provider_id,
        "reports": ops.threshold(session, "flag_reports"),
        "approval": ops.threshold(session, "flag_approval_percent"),
        "refund": ops.threshold(session, "flag_refund_percent"),
    }
    return [_flag(row, days) for row in session.execute(_FLAGS, values)]


def _flag(row: Row[Any], days: int) -> Flag:
    reasons = []
    if row.often_upheld:
        reasons.append(f"{row.upheld} of {row.decided} answered reports were upheld in {days} days.")
    if row.often_refunded:
        reasons.append(f"{row.refunded} refunds against {row.delivered} leads delivered in {days} days.")
    return Flag(
        row.provider_id, row.company_name, row.reports, row.decided, row.upheld, row.delivered, row.refunded, tuple(reasons)
    )
