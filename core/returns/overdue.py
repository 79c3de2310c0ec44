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
select c.id, c.assignment_id, n.claim_auto_credit as credits
  from claim c join assignment a on a.id = c.assignment_id join niche n on n.id = a.niche_id
 where c.status in ('pending', 'appealed') and c.due_at <= :now
   and (c.escalated_at is null or n.claim_auto_credit and c.status = 'pending')
 order by c.due_at, c.id limit :batch for no key update of a skip locked""")


@dataclass(frozen=True, slots=True)
class Escalation:
    """How many claims the admins were told of, and how many were credited because nobody answered."""

    escalated: int
    credited: int


def escalate_overdue(session: Session, *, now: datetime) -> Escalation:
    """For the schedule: claims whose time is over (threshold ``claim_hours``), up to 200 at a time; each once.

    Those that somebody decides at this moment are left out.
    """
    credits = {row.id: row.credits for row in session.execute(_DUE, {"now": now, "batch": BATCH})}
    rows = select(Claim, Assignment).join(Assignment, Assignment.id == Claim.assignment_id).where(Claim.id.in_(credits))
    # Read anew: the sales are locked only now, and somebody may have answered a moment before.
    held = session.execute(rows.order_by(Claim.id), execution_options={"populate_existing": True}).all()
    due = [(claim, sold) for claim, sold in held if claim.status in claims.OPEN and claim.due_at <= now]
    to_credit = [(claim, sold) for claim, sold in due if credits[claim.id] and claim.status == "pending"]
    late = [(claim, sold) for claim, sold in due if (claim, sold) not in to_credit and claim.escalated_at is None]
    refunds.lock_wallets(session, [sold.provider_id for _, sold in to_credit])
    for claim, sold in to_credit:
        _credit(session, claim, sold, now)
    for claim, sold in late:
        _escalate(session, claim, sold, now)
    return Escalation(escalated=len(late), credited=len(to_credit))


def _escalate(session: Session, claim: Claim, sold: Assignment, now: datetime) -> None:
    claim.escalated_at = now
    session.flush()
    claims.note(session, SYSTEM, claim, "escalated", before=claim.status, now=now)
    news.escalated(session, claim, price_cents=sold.price_cents, now=now)


def _credit(session: Session, claim: Claim, sold: Assignment, now: datetime) -> None:
    memo = f"Nobody answered this report within {ops.threshold(session, 'claim_hours')} hours, so it is credited."
    decide.credit(session, SYSTEM, claim, sold, resolution="overdue_credit", memo=memo, now=now)
    news.approved(session, claim, sold, memo=memo, now=now)
