"""What came of a lead: outcome and value, rating, notes. They feed conversion, satisfaction and the models (SPEC 7.2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.inbox import own
from core.inbox.errors import AlreadyRefunded, InboxInvalid, NotAcceptedYet
from core.inventory import Assignment
from core.kit import words
from core.kit.actor import Actor

OUTCOMES = ("contacted", "appointment", "won", "lost")
LARGEST_VALUE_CENTS = 100_000_000_00
LONGEST_NOTES = 4_000


def record_outcome(
    session: Session, *, actor: Actor, assignment_id: UUID, outcome: str, value_cents: int | None = None, now: datetime
) -> Assignment:
    """How far an accepted lead has come; a later outcome replaces an earlier one, a won one may carry its value (SPEC 7.2).

    Raises ``NotAcceptedYet`` before ``accept``, ``InboxInvalid`` for a value beside another outcome than ``won``.
    """
    if outcome not in OUTCOMES:
        raise InboxInvalid("outcome", f"Choose one of: {', '.join(OUTCOMES)}.")
    _check_value(outcome, value_cents)
    row = own.lock_own(session, actor, assignment_id)
    if row.refunded_at is not None:
        raise AlreadyRefunded
    if row.decision != "accepted":
        raise NotAcceptedYet
    before = {"outcome": row.outcome, "value_cents": row.outcome_value_cents}
    row.outcome, row.outcome_value_cents, row.outcome_at = outcome, value_cents, now
    session.flush()
    own.record(session, actor, "outcome_recorded", row, now=now, before=before, outcome=outcome, value_cents=value_cents)
    return row


def rate(session: Session, *, actor: Actor, assignment_id: UUID, stars: int, now: datetime) -> Assignment:
    """Rate a lead with 1 to 5 stars; rating again replaces the old one (SPEC 7.2)."""
    if isinstance(stars, bool) or not isinstance(stars, int) or not 1 <= stars <= 5:
        raise InboxInvalid("stars", "Choose one to five stars.")
    row = own.lock_own(session, actor, assignment_id)
    row.rating = stars
    session.flush()
    own.record(session, actor, "rated", row, now=now, stars=stars)
    return row


def write_note(session: Session, *, actor: Actor, assignment_id: UUID, text: str, now: datetime) -> Assignment:
    """Replace the provider's own notes on a lead, at most 4,000 characters; nobody else reads them (SPEC 7.2)."""
    notes = words.paragraphs(text, field="text", most=LONGEST_NOTES)
    row = own.lock_own(session, actor, assignment_id)
    if notes != row.notes:
        row.notes = notes
        session.flush()
        own.record(session, actor, "noted", row, now=now, characters=len(notes))
    return row


def _check_value(outcome: str, value_cents: int | None) -> None:
    if value_cents is None:
        return
    if outcome != "won":
        raise InboxInvalid("value_cents", "Only a won lead has a value. Leave it empty.")
    if isinstance(value_cents, bool) or not isinstance(value_cents, int) or not 0 <= value_cents <= LARGEST_VALUE_CENTS:
        raise InboxInvalid("value_cents", "Enter a value from $0 to $100,000,000.")
