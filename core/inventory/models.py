"""Tables of what can be sold and what was; keys, checks and functions stand in ``10_inventory.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Slot(Base):
    """One of the sales that a lead allows: free, held for a cart, sold, or void."""

    __tablename__ = "slot"
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    slot_no: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="free")
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    expires_at: Mapped[datetime | None]
    quote: Mapped[Json | None]
    held_at: Mapped[datetime | None]
    extended_at: Mapped[datetime | None]


class Listing(Base):
    """An approved lead's free slots on sale on the marketplace, until ``closes_at``."""

    __tablename__ = "listing"
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    state: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    price_floor_cents: Mapped[int] = mapped_column(default=0)
    price_cents: Mapped[int | None]
    receipt: Mapped[Json | None]
    priced_at: Mapped[datetime | None]


class Assignment(Base):
    """One lead delivered to one provider and paid for; it hangs on the slot that this provider has of this lead."""

    __tablename__ = "assignment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    slot_no: Mapped[int]
    channel: Mapped[str]
    niche_id: Mapped[UUID]
    level_id: Mapped[UUID | None]
    subscription_id: Mapped[UUID | None] = mapped_column(ForeignKey("subscription.id"))
    run_id: Mapped[UUID | None]
    price_cents: Mapped[int]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"))
    assigned_at: Mapped[datetime]
    viewed_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reject_reason: Mapped[str | None]
    outcome: Mapped[str | None]
    outcome_value_cents: Mapped[int | None]
    outcome_at: Mapped[datetime | None]
    rating: Mapped[int | None]
    notes: Mapped[str] = mapped_column(default="")
    refunded_at: Mapped[datetime | None]
    receipt: Mapped[Json | None]
    search_bits: Mapped[str | None] = mapped_column(BIT(256), deferred=True)
