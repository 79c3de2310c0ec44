"""Tables of enrichment."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class EnrichmentAnswer(Base):
    """An answer of the service, kept by a keyed hash of what was asked (SPEC 8.5)."""

    __tablename__ = "enrichment_answer"
    key: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    prompt_version: Mapped[str]
    answer: Mapped[Json]
    created_at: Mapped[datetime]


class EnrichmentDay(Base):
    """What was spent on one day (UTC), in millionths of a US cent."""

    __tablename__ = "enrichment_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    spent_microcents: Mapped[int]


class Enrichment(Base):
    """One enrichment of one lead, with the answers of the service and of the rules; the newest is in force."""

    __tablename__ = "enrichment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    made_by: Mapped[str]
    why_rules: Mapped[str | None]
    model: Mapped[str | None]
    prompt_version: Mapped[str | None]
    rules_version: Mapped[str]
    answer_key: Mapped[str | None]
    model_answer: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    rules_answer: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    fact_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    cached: Mapped[bool] = mapped_column(default=False)
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_microcents: Mapped[int] = mapped_column(default=0)
    latency_ms: Mapped[int | None]
    rules_us: Mapped[int]
    at: Mapped[datetime]
