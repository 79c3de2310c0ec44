"""Tables of who is the same."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class LeadBlock(Base):
    """A trait of a lead as a keyed hash, under which likely twins meet."""

    __tablename__ = "lead_block"
    key: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(primary_key=True)


class DuplicatePair(Base):
    """Two requests that may be one person's, for a person to decide."""

    __tablename__ = "duplicate_pair"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"))
    first_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    probability: Mapped[float] = mapped_column(Numeric(asdecimal=False))
    reasons: Mapped[list[Json]] = mapped_column(JSONB)
    found_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class MergeEvent(Base):
    """One merge or split; never changed."""

    __tablename__ = "merge_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    event: Mapped[str]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    into_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    status_before: Mapped[str]
    cause: Mapped[str]
    probability: Mapped[float | None] = mapped_column(Numeric(asdecimal=False))
    actor_id: Mapped[UUID]
    at: Mapped[datetime]
