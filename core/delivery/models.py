"""Tables of delivery; checks, triggers and unique keys stand in ``30_delivery.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class WebhookEndpoint(Base):
    """One address of a company's program, what it wants to hear, and how it stands."""

    __tablename__ = "webhook_endpoint"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    mapping: Mapped[Json] = mapped_column(default=dict)
    secret: Mapped[bytes]
    former_secret: Mapped[bytes | None]
    former_until: Mapped[datetime | None]
    credentials: Mapped[bytes | None]
    active: Mapped[bool] = mapped_column(default=True)
    stopped_reason: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    calls_from: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One piece of news for one endpoint, until it is taken or given up."""

    __tablename__ = "webhook_delivery"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    event: Mapped[str]
    subject: Mapped[str]
    assignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("assignment.id"))
    facts: Mapped[Json] = mapped_column(default=dict)
    judged: Mapped[Json | None]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    replay_of: Mapped[UUID | None] = mapped_column(ForeignKey("webhook_delivery.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One call and what was answered."""

    __tablename__ = "webhook_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_delivery.id"))
    at: Mapped[datetime]
    status: Mapped[int | None]
    milliseconds: Mapped[int]
    problem: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")
