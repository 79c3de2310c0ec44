"""What a sending service tells of our mail: written once, in any order, with its consequences (SPEC 11.3)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text
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


class _Mail(NamedTuple):
    """What an event has to know of its mail."""

    status: str
    address_key: str | None


# The table, not the class: many rows at once go faster without the mapper.
_ADD = insert(EmailEvent.__table__).on_conflict_do_nothing().returning(EmailEvent.source_id)  # type: ignore[arg-type]


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


def _lock(session: Session, ids: set[UUID]) -> dict[UUID, _Mail]:
    """The mails that are ours, locked in the order of their ids."""
    session.flush()
    rows = session.execute(
        text("""select id, status, address_key from email_message where id = any(:ids) order by id for no key update"""),
        {"ids": list(ids)},
    )
    return {row.id: _Mail(row.status, row.address_key) for row in rows}


def _write(session: Session, source: Source, events: Sequence[MailEvent], now: datetime) -> list[MailEvent]:
    """Add the events that are new; an event told twice in one call counts once, too."""
    first = {event.source_id: event for event in reversed(events)}
    rows = [
        {
            "id": uuid7(),
            "message_id": event.message_id,
            "event": event.event,
            "bounce": event.bounce,
            "detail": _presentable(event.detail),
            "at": min(event.at, now),
            "source": source,
            "source_id": source_id,
        }
        for source_id, event in sorted(first.items())
    ]
    new = set(session.scalars(_ADD, rows)) if rows else set()
    return [event for source_id, event in first.items() if source_id in new]


def _advance(session: Session, known: dict[UUID, _Mail], events: Sequence[MailEvent]) -> None:
    """Set each mail's status to what its events make of it."""
    after = {mail_id: mail.status for mail_id, mail in known.items()}
    for event in events:
        after[event.message_id] = standing_after(after[event.message_id], event.event)
    changed = {mail_id: status for mail_id, status in after.items() if status != known[mail_id].status}
    if not changed:
        return
    session.execute(
        text("""update email_message m set status = news.status
                  from unnest(cast(:ids as uuid[]), cast(:statuses as text[])) as news (id, status) where m.id = news.id"""),
        {"ids": list(changed), "statuses": list(changed.values())},
    )
    # The rows changed behind the session's back.
    for held in list(session.identity_map.values()):
        if isinstance(held, EmailMessage) and held.id in changed:
            session.expire(held)


def _troubles(known: dict[UUID, _Mail], events: Sequence[MailEvent]) -> list[Trouble]:
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
