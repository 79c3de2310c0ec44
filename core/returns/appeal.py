"""One appeal against a rejection, with the provider's reasons; what is decided then is final (SPEC 7.4)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core import ops
from core.kit import words
from core.kit.actor import Actor
from core.returns import claims
from core.returns.errors import NoAppeal, RefundedAlready
from core.returns.models import Claim

SHORTEST_NOTES, LONGEST_NOTES = 10, 500


def appeal(session: Session, *, actor: Actor, claim_id: UUID, notes: str, now: datetime) -> Claim:
    """Ask once for another look at one's own rejected report, in 10 to 500 characters, within 14 days of the answer.

    The clock starts anew (SPEC 7.4, threshold ``claim_appeal_days``). Raises ``NoAppeal``, ``RefundedAlready``.
    """
    notes = words.paragraphs(notes, field="notes", least=SHORTEST_NOTES, most=LONGEST_NOTES)
    claim, sold = claims.lock_claim(session, claim_id, provider_id=actor.require_provider())
    _check_may_appeal(session, claim, now)
    if sold.refunded_at is not None:
        raise RefundedAlready
    claim.status, claim.appealed_at, claim.decided_at, claim.decided_by = "appealed", now, None, None
    claim.due_at, claim.escalated_at = claims.clock(session, now), None
    session.flush()
    claims.note(session, actor, claim, "appealed", said=notes, before="rejected", now=now)
    return claim


def _check_may_appeal(session: Session, claim: Claim, now: datetime) -> None:
    if claim.appealed_at is not None:
        raise NoAppeal("This report was appealed already. The answer to an appeal is final.")
    if claim.status != "rejected" or claim.decided_at is None:
        raise NoAppeal("Only a rejected report can be appealed. This one is " + claim.status + ".")
    days = ops.threshold(session, "claim_appeal_days")
    if now - claim.decided_at > timedelta(days=days):
        raise NoAppeal(f"A rejection can be appealed for {days} days. These are over.")
