"""Every mail, and the whole text of one, for the Messages page (SPEC 11.3)."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import NotFound
from core.messaging.addresses import mail_is_open, shown, unsealed
from core.messaging.letters import shipped
from core.messaging.models import EmailMessage

HIDDEN = "[link hidden]"
LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of the list; the address is masked except where mail may be read freely."""

    id: UUID
    template: str
    version: int
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


def recent_messages(
    session: Session,
    *,
    actor: Actor,
    template: str | None = None,
    status: str | None = None,
    recipient_type: str | None = None,
    recipient_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[MessageView]:
    """Mails, newest first: of a kind, in a state, to users or leads, of one of them, queued from ``since`` up to ``until``.

    ``before_id`` is the last one of the page before.
    """
    actor.require("admin")
    rows = select(EmailMessage).order_by(EmailMessage.id.desc()).limit(min(limit, LONGEST_PAGE))
    for column, value in (
        (EmailMessage.template_key, template),
        (EmailMessage.status, status),
        (EmailMessage.recipient_type, recipient_type),
        (EmailMessage.recipient_id, recipient_id),
    ):
        rows = rows.where(column == value) if value else rows
    if since:
        rows = rows.where(EmailMessage.queued_at >= since)
    if until:
        rows = rows.where(EmailMessage.queued_at < until)
    if before_id:
        rows = rows.where(EmailMessage.id < before_id)
    return [_view(row) for row in session.scalars(rows)]


def read_message(session: Session, *, actor: Actor, message_id: UUID, now: datetime) -> MessageText:
    """A whole mail; reading it is audited, since it holds contact data (SPEC 1.9)."""
    actor.require("admin")
    row = session.get(EmailMessage, message_id)
    if row is None:
        raise NotFound("message.unknown", "There is no such mail.")
    audit.record_opening(session, actor, "message.read", entity_type="email_message", entity_ids=[message_id], now=now)
    kept = unsealed(row.sealed)
    if kept is None:
        return MessageText(_view(row, masked=False), None, None, links_hidden=False)
    acting = [] if mail_is_open() else kept["acting"]
    return MessageText(
        message=_view(row, masked=False),
        html=_without(kept["html"], acting),
        text=_without(kept["text"], acting),
        links_hidden=bool(acting),
    )


def _view(row: EmailMessage, *, masked: bool = True) -> MessageView:
    letter, kept = shipped().get(row.template_key), unsealed(row.sealed)
    address = kept["to"] if kept else None
    return MessageView(
        id=row.id,
        template=row.template_key,
        version=row.template_version,
        title=letter.title if letter else row.template_key,
        recipient_type=row.recipient_type,
        address=shown(address) if address and masked else address,
        subject=kept["subject"] if kept else None,
        status=row.status,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
    )


def _without(text: str, links: list[str]) -> str:
    for link in links:
        text = text.replace(escape(link), HIDDEN).replace(link, HIDDEN)
    return text
