"""Tables of niches: settings, form versions, competition levels, price consents, the rotating pointer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Niche(Base):
    """A vertical with its cap, listing time and auto-approval; ``schema_version`` is the published form."""

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
    claim_auto_credit: Mapped[bool] = mapped_column(default=False)
    schema_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class FormSchema(Base):
    """One version of a form, never changed once published (append-only)."""

    __tablename__ = "form_schema"
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    schema: Mapped[Json]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class CompetitionLevel(Base):
    """How exclusive a lead is and what it costs; ``next_price_*`` hold an announced rise."""

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
    rotation: Mapped[str] = mapped_column(default="longest_wait")
    next_price_cents: Mapped[int | None]
    next_price_at: Mapped[datetime | None]
    next_price_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PriceConsent(Base):
    """A provider takes an announced price before it is due (SPEC 4.1)."""

    __tablename__ = "price_consent"
    level_id: Mapped[UUID] = mapped_column(ForeignKey("competition_level.id"), primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(primary_key=True)
    price_cents: Mapped[int]
    consented_at: Mapped[datetime]


class NicheTurn(Base):
    """The rotating pointer of a niche, advanced once per run of the engine (SPEC 5.1)."""

    __tablename__ = "niche_turn"
    __mapper_args__ = {"eager_defaults": False}  # -infinity has no Python value; only SQL reads it
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    turns: Mapped[int] = mapped_column(default=0)
    last_turn_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
