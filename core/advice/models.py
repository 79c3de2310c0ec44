"""Tables of advice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class ModelVersion(Base):
    """One trained model: its run, the hash of its file, what it learned from and how it did (SPEC 10.5)."""

    __tablename__ = "model_version"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str]
    sha256: Mapped[str]
    snapshot: Mapped[str]
    cut_off: Mapped[datetime]
    figures: Mapped[Json] = mapped_column(JSONB)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class Prediction(Base):
    """What a version said of a lead, whether it was heeded or only listened to."""

    __tablename__ = "prediction"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("model_version.id"))
    role: Mapped[str]
    value: Mapped[float]
    at: Mapped[datetime]
