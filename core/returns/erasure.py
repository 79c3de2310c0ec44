"""What people wrote into reports and decisions goes when the person it may speak of is erased (SPEC 13.6)."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_EVENTS = text("update claim_event set words = '' where words <> '' and claim_id in (select id from claim where lead_id = :lead)")
_MEMOS = text(
    "update refund set memo = '' where memo <> '' and assignment_id in (select id from assignment where lead_id = :lead)"
)


def forget_words(session: Session, *, lead_id: UUID) -> None:
    """Empty every note and memo about a lead; reports, decisions and money stay. For the erasure of a person."""
    session.execute(_EVENTS, {"lead": lead_id})
    session.execute(_MEMOS, {"lead": lead_id})
