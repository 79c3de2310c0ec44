"""Tables of scoring."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Score(Base):
    """One computed score of a lead with its reasons and the version of the rules or model (SPEC 10.4)."""

    __tablename__ = "score"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    kind: Mapped[str]
    value: Mapped[float] = mapped_column(Numeric(asdecimal=False))
    reasons: Mapped[list[Json]] = mapped_column(JSONB)
    version: Mapped[str]
    computed_at: Mapped[datetime]
