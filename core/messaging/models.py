"""Tables of messaging."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
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
    sealed: Mapped[bytes | None]
    status: Mapped[str]
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class EmailEvent(Base):
    """Table ``email_event``; rules stand in the migrations' SQL."""

    __tablename__ = "email_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("email_message.id"))
    event: Mapped[str]
    detail: Mapped[str | None]
    at: Mapped[datetime]


class EmailSuppression(Base):
    """Table ``email_suppression``; rules stand in the migrations' SQL."""

    __tablename__ = "email_suppression"
    address_key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    at: Mapped[datetime]
