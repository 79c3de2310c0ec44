"""Tables of messaging."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class EmailTemplate(Base):
    """Table ``email_template``; rules stand in the migrations' SQL."""

    __tablename__ = "email_template"
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    html: Mapped[str]
    body_text: Mapped[str]
    variables: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool] = mapped_column(default=False)
    chosen_by: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class EmailMessage(Base):
    """Table ``email_message``; rules stand in the migrations' SQL."""

    __tablename__ = "email_message"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    template_key: Mapped[str]
    template_version: Mapped[int]
    recipient_type: Mapped[str]
    recipient_id: Mapped[UUID | None]
    address_key: Mapped[str | None]
    sealed: Mapped[bytes | None]
    status: Mapped[str]
    about: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)), default=list)
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class EmailEvent(Base):
    """Table ``email_event``; rules stand in the migrations' SQL."""

    __tablename__ = "email_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("email_message.id"))
    event: Mapped[str]
    bounce: Mapped[str | None]
    detail: Mapped[str | None]
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(default="exchange")
    source_id: Mapped[str | None]


class EmailEventTally(Base):
    """Table ``email_event_tally``; rules stand in the migrations' SQL."""

    __tablename__ = "email_event_tally"
    source: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    events: Mapped[int]


class EmailSuppression(Base):
    """Table ``email_suppression``; rules stand in the migrations' SQL."""

    __tablename__ = "email_suppression"
    address_key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("email_message.id"))
    at: Mapped[datetime]


class EmailOptOut(Base):
    """Table ``email_opt_out``; rules stand in the migrations' SQL."""

    __tablename__ = "email_opt_out"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    template_key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
