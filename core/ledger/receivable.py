"""What a provider owes the house: the account that reversals of its deposits are moved to (SPEC 6.1, 6.2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.kit.ids import uuid7
from core.ledger.models import LedgerAccount

_OWED = text("""
    select -booked_balance(id) as cents from ledger_account where kind = 'receivable' and provider_id = :provider""")


def receivable_account(session: Session, provider_id: UUID, *, now: datetime) -> UUID:
    """Id of the provider's receivable, opened unless it exists."""
    named = {"kind": "receivable", "provider_id": provider_id}
    opened = insert(LedgerAccount).values(id=uuid7(), name="receivable", created_at=now, **named)
    session.execute(opened.on_conflict_do_nothing())
    return session.scalars(select(LedgerAccount.id).filter_by(**named)).one()


def owed(session: Session, provider_id: UUID) -> int:
    """What the provider owes in cents: what was moved to its receivable and has not come back."""
    return session.execute(_OWED, {"provider": provider_id}).scalar_one_or_none() or 0
