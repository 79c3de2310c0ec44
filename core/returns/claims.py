"""A claim under lock, its steps written down, and who is told: what every verb of this chapter begins and ends with."""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ops
from core.inventory import Assignment
from core.kit import words
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.returns.errors import ClaimDecided, ClaimNotFound, LeadNotHeld
from core.returns.models import Claim, ClaimEvent

Reason = Literal["spam", "duplicate", "invalid_contact", "out_of_scope", "other"]
Status = Literal["pending", "approved", "rejected", "appealed", "withdrawn"]
REASONS: tuple[Reason, ...] = get_args(Reason)
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN = ("pending", "appealed")
SHORTEST_MEMO, LONGEST_MEMO = 10, 1000


def lock_claim(session: Session, claim_id: UUID, *, provider_id: UUID | None = None) -> tuple[Claim, Assignment]:
    """A claim and its sale, locked and read as they are now; another provider's does not exist for ``provider_id``.

    Locks of this chapter are taken in the order lead, assignment, claim, wallet: who holds a sale knows that no report
    of it is made or answered meanwhile.
    """
    sale = select(Assignment).join(Claim, Claim.assignment_id == Assignment.id).where(Claim.id == claim_id)
    if provider_id is not None:
        sale = sale.where(Claim.provider_id == provider_id)
    locked = sale.with_for_update(key_share=True, of=Assignment).execution_options(populate_existing=True)
    sold = session.scalars(locked).one_or_none()
    if sold is None:
        raise ClaimNotFound
    claim = select(Claim).where(Claim.id == claim_id).with_for_update(key_share=True)
    return session.scalars(claim.execution_options(populate_existing=True)).one(), sold


def lock_assignment(session: Session, assignment_id: UUID, *, provider_id: UUID | None = None) -> Assignment:
    """A sale, locked and read as it is now; another provider's does not exist for ``provider_id``."""
    query = select(Assignment).where(Assignment.id == assignment_id).with_for_update(key_share=True)
    if provider_id is not None:
        query = query.where(Assignment.provider_id == provider_id)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise LeadNotHeld
    return found


def check_open(claim: Claim) -> None:
    """Raise ``ClaimDecided`` unless the claim waits for an answer."""
    if claim.status not in OPEN:
        raise ClaimDecided(claim.status)


def checked_memo(memo: str) -> str:
    """The memo of a decision in storable form: 10 to 1,000 characters (SPEC 7.4)."""
    return words.paragraphs(memo, field="memo", least=SHORTEST_MEMO, most=LONGEST_MEMO)


def clock(session: Session, now: datetime) -> datetime:
    """When a claim that is handed in now is overdue (threshold ``claim_hours``)."""
    return now + timedelta(hours=ops.threshold(session, "claim_hours"))


def note(
    session: Session,
    actor: Actor,
    claim: Claim,
    event: str,
    *,
    said: str = "",
    memo: bool = False,
    now: datetime,
    before: str | None = None,
    **after: Any,
) -> None:
    """Write a step down: in the claim's own history with its words, in the trail with what changed.

    A decision's ``memo`` is in the trail too, without any address or number that it may name (SPEC 1.9).
    """
    row = ClaimEvent(id=uuid7(), claim_id=claim.id, event=event, actor_id=actor.user_id, actor_role=actor.role, at=now)
    row.words = said
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        f"claim.{event}",
        entity_type="claim",
        entity_id=claim.id,
        now=now,
        before={"status": before} if before else None,
        after={"status": claim.status, "assignment_id": str(claim.assignment_id), **after},
        memo=words.without_contact(said) if memo else None,
    )
