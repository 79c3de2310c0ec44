"""The clock of a report: unanswered after 48 hours it is escalated, or credited where the niche says so (SPEC 7.4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import ops
from core.inventory import Assignment
from core.kit.actor import SYSTEM
from core.returns import claims, decide, news, refunds
from core.returns.models import Claim

BATCH = 200

# An appeal is escalated too, but never credited by itself: a person has said no once. A report that was escalated
# before its niche was set to credit is credited now.
_DUE = text("""
select c.id, c.assignment_id, n.claim_auto_credit and c.status = 'pending' as credit
  from claim c join lead l on l.id = c.lead_id join niche n on n.id = l.niche_id
 where c.status in ('pending', 'appealed') and c.due_at <= :now
   and (c.escalated_at is null or n.claim_auto_credit and c.status = 'pending')
 order by c.id limit :batch for no key update of c skip locked""")


@dataclass(frozen=True, slots=True)
class Escalation:
    """How many claims the admins were told of, and how many were credited because nobody answered."""

    escalated: int
    credited: int


def escalate_overdue(session: Session, *, now: datetime) -> Escalation:
    """For the schedule: claims whose time is over (threshold ``claim_hours``), up to 200 at a time; each once.

    Those that somebody decides at this moment are left out.
    """
    due = session.execute(_DUE, {"now": now, "batch": BATCH}).all()
    query = select(Claim).where(Claim.id.in_([row.id for row in due])).execution_options(populate_existing=True)
    by_id = {claim.id: claim for claim in session.scalars(query)}
    sold = {row.id: claims.lock_assignment(session, row.assignment_id) for row in sorted(due, key=lambda row: row.assignment_id)}
    to_credit = [by_id[row.id] for row in due if row.credit]
    refunds.lock_wallets(session, [claim.provider_id for claim in to_credit])
    for claim in to_credit:
        _credit(session, claim, sold[claim.id], now)
    late = [by_id[row.id] for row in due if not row.credit]
    for claim in late:
        claim.escalated_at = now
        session.flush()
        claims.note(session, SYSTEM, claim, "escalated", before=claim.status, now=now)
        news.escalated(session, claim, price_cents=sold[claim.id].price_cents, now=now)
    return Escalation(escalated=len(late), credited=len(to_credit))


def _credit(session: Session, claim: Claim, sold: Assignment, now: datetime) -> None:
    memo = f"Nobody answered this report within {ops.threshold(session, 'claim_hours')} hours, so it is credited."
    decide.credit(session, SYSTEM, claim, sold, resolution="overdue_credit", memo=memo, now=now)
    news.approved(session, claim, sold, memo=memo, now=now)
