"""Tables of reports and refunds; keys, steps and triggers stand in ``17_returns.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class Claim(Base):
    """A provider's report that one of its leads is bad, and what became of it."""

    __tablename__ = "claim"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"))
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    resolution: Mapped[str | None]
    reported_by: Mapped[UUID]
    reported_at: Mapped[datetime]
    due_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class ClaimEvent(Base):
    """One step of a claim in somebody's words; only the words can be erased."""

    __tablename__ = "claim_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claim.id"))
    event: Mapped[str]
    actor_id: Mapped[UUID]
    actor_role: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class Refund(Base):
    """One assignment paid back, in full and once; only the memo can be erased."""

    __tablename__ = "refund"
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("claim.id"))
    cause: Mapped[str]
    amount_cents: Mapped[int]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"))
    memo: Mapped[str]
    refunded_by: Mapped[UUID]
    at: Mapped[datetime]
