"""Every mail and what became of it, for the Messages page (SPEC 11.3)."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.errors import NotFound
from core.messaging.deliver import PURPOSE
from core.messaging.letters import shipped
from core.messaging.models import EmailEvent, EmailMessage

HIDDEN = "[link hidden]"


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of the list; the address is masked except where mail may be read freely."""

    id: UUID
    template: str
    title: str
    recipient_type: str
    address: str | None
    subject: str | None
    status: str
    queued_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageText:
    """A whole mail; ``links_hidden`` when links that act were taken out."""

    message: MessageView
    html: str | None
    text: str | None
    links_hidden: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened to a mail."""

    event: str
    detail: str | None
    at: datetime


def mail_is_open() -> bool:
    """True where mail may be read with its links: in development and in the demo (SPEC 11.3)."""
    return settings().demo or settings().env == "development"


def recent_messages(
    session: Session,
    *,
    actor: Actor,
    template: str | None = None,
    status: str | None = None,
    recipient_id: UUID | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[MessageView]:
    """Mails, newest first, of one person or lead by ``recipient_id``; ``before_id`` is the last one of the page before."""
    actor.require("admin")
    rows = select(EmailMessage).order_by(EmailMessage.id.desc()).limit(min(limit, 200))
    if template:
        rows = rows.where(EmailMessage.template_key == template)
    if status:
        rows = rows.where(EmailMessage.status == status)
    if recipient_id:
        rows = rows.where(EmailMessage.recipient_id == recipient_id)
    if before_id:
        rows = rows.where(EmailMessage.id < before_id)
    return [_view(row, _unsealed(row)) for row in session.scalars(rows)]


def read_message(session: Session, *, actor: Actor, message_id: UUID, now: datetime) -> MessageText:
    """A whole mail; reading it is audited, since it holds contact data (SPEC 1.9)."""
    actor.require("admin")
    row = _message(session, message_id)
    audit.record(session, actor, "message.read", entity_type="email_message", entity_id=message_id, now=now)
    kept = _unsealed(row)
    if kept is None:
        return MessageText(_view(row, None, masked=False), None, None, links_hidden=False)
    acting = [] if mail_is_open() else kept["acting"]
    return MessageText(
        message=_view(row, kept, masked=False),
        html=_without(kept["html"], acting),
        text=_without(kept["text"], acting),
        links_hidden=bool(acting),
    )


def events_of(session: Session, *, actor: Actor, message_id: UUID) -> list[EventView]:
    """What happened to a mail, oldest first."""
    actor.require("admin")
    _message(session, message_id)
    rows = session.scalars(select(EmailEvent).where(EmailEvent.message_id == message_id).order_by(EmailEvent.id))
    return [EventView(row.event, row.detail, row.at) for row in rows]


def _message(session: Session, message_id: UUID) -> EmailMessage:
    row = session.get(EmailMessage, message_id)
    if row is None:
        raise NotFound("message.unknown", "There is no such mail.")
    return row


def _unsealed(row: EmailMessage) -> dict[str, Any] | None:
    return crypto.unseal(row.sealed, purpose=PURPOSE) if row.sealed else None


def _view(row: EmailMessage, kept: dict[str, Any] | None, *, masked: bool = True) -> MessageView:
    letter = shipped().get(row.template_key)
    address = kept["to"] if kept else None
    return MessageView(
        id=row.id,
        template=row.template_key,
        title=letter.title if letter else row.template_key,
        recipient_type=row.recipient_type,
        address=_masked(address) if address and masked and not mail_is_open() else address,
        subject=kept["subject"] if kept else None,
        status=row.status,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
    )


def _masked(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _without(text: str, links: list[str]) -> str:
    for link in links:
        text = text.replace(escape(link), HIDDEN).replace(link, HIDDEN)
    return text
