"""Table of the engine's runs; the rules and the engine itself stand in ``11_distribution_*.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Numeric
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class DistributionRun(Base):
    """One attempt to sell one lead: its turn, the levels in the order walked, and what came of it (SPEC 5.5)."""

    __tablename__ = "distribution_run"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"))
    state: Mapped[str] = mapped_column(default="started")
    turn: Mapped[int]
    traversal: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    candidates: Mapped[int] = mapped_column(default=0)
    assigned: Mapped[int] = mapped_column(default=0)
    skips: Mapped[Json] = mapped_column(default=dict)
    error: Mapped[str | None]
    started_by: Mapped[UUID]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[float | None] = mapped_column(Numeric(asdecimal=False))
