"""What a sending service tells of our mail: written once, in any order, with its consequences (SPEC 11.3)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.kit.ids import uuid7
from core.kit.words import tidy, without_contact
from core.messaging.models import EmailEvent, EmailEventTally, EmailMessage
from core.messaging.standing import standing_after
from core.messaging.suppression import Trouble, suppress_after

Source = Literal["ses", "sendgrid"]
Bounce = Literal["hard", "soft"]
LONGEST_DETAIL, LONGEST_ID = 300, 100


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event: of which mail, what and when; ``source_id`` is the service's own id of it."""

    message_id: UUID
    event: str
    at: datetime
    source_id: str
    bounce: Bounce | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one call told: our events, and how many more were of mail that is not ours or made no sense."""

    source: Source
    events: tuple[MailEvent, ...]
    unknown: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of them: taken in, told before, of unknown mail, unreadable."""

    taken: int
    repeated: int
    unknown: int
    unreadable: int


def record_events(session: Session, *, told: Told, now: datetime) -> Tally:
    """Take events in: each once, whatever their order; bounces and complaints end mail to the address (SPEC 11.3).

    Locks are taken in the order mails by id, addresses, counters, so that calls at once never wait in a circle.
    """
    known = _lock(session, {event.message_id for event in told.events})
    ours = [event for event in told.events if event.message_id in known]
    fresh = _write(session, told.source, ours, now)
    _advance(session, known, fresh)
    suppress_after(session, troubles=_troubles(known, fresh), now=now)
    tally = Tally(
        taken=len(fresh),
        repeated=len(ours) - len(fresh),
        unknown=told.unknown + len(told.events) - len(ours),
        unreadable=told.unreadable,
    )
    _count(session, told.source, tally, now)
    return tally


def _lock(session: Session, ids: set[UUID]) -> dict[UUID, EmailMessage]:
    rows = select(EmailMessage).where(EmailMessage.id.in_(ids)).order_by(EmailMessage.id)
    locked = session.scalars(rows.with_for_update(key_share=True), execution_options={"populate_existing": True})
    return {row.id: row for row in locked}


def _write(session: Session, source: Source, events: Sequence[MailEvent], now: datetime) -> list[MailEvent]:
    """Add the events that are new; an event told twice in one call counts once, too."""
    if not events:
        return []
    rows = [
        {
            "id": uuid7(),
            "message_id": event.message_id,
            "event": event.event,
            "bounce": event.bounce,
            "detail": _presentable(event.detail),
            "at": min(event.at, now),
            "source": source,
            "source_id": event.source_id,
        }
        for event in sorted(events, key=lambda event: event.source_id)
    ]
    added = insert(EmailEvent).values(rows).on_conflict_do_nothing().returning(EmailEvent.source_id)
    new = set(session.scalars(added))
    first = {event.source_id: event for event in reversed(events)}
    return [event for source_id, event in first.items() if source_id in new]


def _advance(session: Session, known: dict[UUID, EmailMessage], events: Sequence[MailEvent]) -> None:
    for event in events:
        mail = known[event.message_id]
        mail.status = standing_after(mail.status, event.event)
    session.flush()


def _troubles(known: dict[UUID, EmailMessage], events: Sequence[MailEvent]) -> list[Trouble]:
    return [
        Trouble(key, event.message_id, "complaint" if event.event == "complained" else f"{event.bounce} bounce")
        for event in events
        if event.event in {"bounced", "complained"} and (key := known[event.message_id].address_key)
    ]


def _count(session: Session, source: Source, tally: Tally, now: datetime) -> None:
    for outcome in ("repeated", "taken", "unknown", "unreadable"):
        events = getattr(tally, outcome)
        if events:
            row = insert(EmailEventTally).values(source=source, day=now.date(), outcome=outcome, events=events)
            more = {"events": EmailEventTally.events + row.excluded.events}
            session.execute(row.on_conflict_do_update(index_elements=["source", "day", "outcome"], set_=more))


def own_id(text: str) -> str:
    """The service's id of an event as it is stored; one that is long or strange by its hash."""
    plain = text.isascii() and text.isprintable() and len(text) <= LONGEST_ID
    return text if plain else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _presentable(detail: str | None) -> str | None:
    """A service's words without addresses, fit to be kept."""
    return without_contact(" ".join(tidy(detail).split()))[:LONGEST_DETAIL] or None if detail else None
