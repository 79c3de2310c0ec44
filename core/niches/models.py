"""Tables of niches."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Niche(Base):
    """Table ``niche``; rules stand in the migrations' SQL."""

    __tablename__ = "niche"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    max_providers: Mapped[int]
    listing_days: Mapped[int] = mapped_column(default=30)
    auto_approve: Mapped[bool] = mapped_column(default=False)
    auto_approve_min_quality: Mapped[int] = mapped_column(default=80)
    auto_approve_max_fraud: Mapped[float] = mapped_column(Numeric(asdecimal=False), default=0.200)
    schema_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class FormSchema(Base):
    """Table ``form_schema``; rules stand in the migrations' SQL."""

    __tablename__ = "form_schema"
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    schema: Mapped[Json]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class CompetitionLevel(Base):
    """Table ``competition_level``; rules stand in the migrations' SQL."""

    __tablename__ = "competition_level"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    price_cents: Mapped[int]
    max_recipients: Mapped[int]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    exclusive: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class NicheTurn(Base):
    """Table ``niche_turn``; rules stand in the migrations' SQL."""

    __tablename__ = "niche_turn"
    __mapper_args__ = {"eager_defaults": False}  # -infinity has no Python value; only SQL reads it
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    turns: Mapped[int] = mapped_column(default=0)
    last_turn_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
