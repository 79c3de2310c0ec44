"""What became of mail: the events of one, the events of all, and how many a service told (SPEC 11.3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.errors import NotFound
from core.messaging.letters import shipped
from core.messaging.mailbox import LONGEST_PAGE
from core.messaging.models import EmailEvent, EmailEventTally, EmailMessage


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened to a mail; ``source`` told us: the exchange itself or a sending service."""

    id: UUID
    message_id: UUID
    template: str
    title: str
    recipient_type: str
    event: str
    bounce: str | None
    detail: str | None
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TallyView:
    """How many events of a service came to one end lately."""

    source: str
    outcome: str
    events: int


def events_of(session: Session, *, actor: Actor, message_id: UUID) -> list[EventView]:
    """What happened to a mail, oldest first."""
    actor.require("admin")
    if session.get(EmailMessage, message_id) is None:
        raise NotFound("message.unknown", "There is no such mail.")
    rows = _EVENTS.where(EmailEvent.message_id == message_id).order_by(EmailEvent.at, EmailEvent.id)
    return [_view(*row) for row in session.execute(rows)]


def list_events(
    session: Session,
    *,
    actor: Actor,
    template: str | None = None,
    event: str | None = None,
    recipient_type: str | None = None,
    message_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[EventView]:
    """Events, the latest we learned of first; ``since`` and ``until`` are about when they happened."""
    actor.require("admin")
    rows = _EVENTS.order_by(EmailEvent.id.desc()).limit(min(limit, LONGEST_PAGE))
    for column, value in (
        (EmailMessage.template_key, template),
        (EmailEvent.event, event),
        (EmailMessage.recipient_type, recipient_type),
        (EmailEvent.message_id, message_id),
    ):
        rows = rows.where(column == value) if value else rows
    if since:
        rows = rows.where(EmailEvent.at >= since)
    if until:
        rows = rows.where(EmailEvent.at < until)
    if before_id:
        rows = rows.where(EmailEvent.id < before_id)
    return [_view(*row) for row in session.execute(rows)]


def event_tally(session: Session, *, actor: Actor, now: datetime, days: int = 30) -> list[TallyView]:
    """Events that services told in the last days, by what became of them: many unknown ones are a sign of a wrong set-up."""
    actor.require("admin")
    since: date = (now - timedelta(days=days)).date()
    rows = (
        select(EmailEventTally.source, EmailEventTally.outcome, func.sum(EmailEventTally.events))
        .where(EmailEventTally.day > since)
        .group_by(EmailEventTally.source, EmailEventTally.outcome)
        .order_by(EmailEventTally.source, EmailEventTally.outcome)
    )
    return [TallyView(source, outcome, int(events)) for source, outcome, events in session.execute(rows)]


_EVENTS = select(EmailEvent, EmailMessage.template_key, EmailMessage.recipient_type).join(
    EmailMessage, EmailMessage.id == EmailEvent.message_id
)


def _view(row: EmailEvent, template: str, recipient_type: str) -> EventView:
    letter = shipped().get(template)
    return EventView(
        id=row.id,
        message_id=row.message_id,
        template=template,
        title=letter.title if letter else template,
        recipient_type=recipient_type,
        event=row.event,
        bounce=row.bounce,
        detail=row.detail,
        source=row.source,
        at=row.at,
    )
