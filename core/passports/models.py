"""Tables of passports; entries are append-only by trigger and by grants, and sealed like the trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class PassportEntry(Base):
    """One moment of a lead's life, chained to the one before."""

    __tablename__ = "passport_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str]
    facts: Mapped[Json]
    salt: Mapped[UUID]
    evidence_table: Mapped[str]
    evidence_id: Mapped[UUID]
    evidence_hash: Mapped[bytes]
    digest: Mapped[bytes]


class PassportProgress(Base):
    """How far the seals have been read: one row."""

    __tablename__ = "passport_progress"
    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    seal_id: Mapped[int]
