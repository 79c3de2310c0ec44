"""Write one entry of the trail, in the transaction of the change it tells of."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.kit import replica
from core.kit.actor import STAFF, Actor
from core.kit.db import Json
from core.kit.ids import uuid7
from core.kit.insert_part import Part
from core.kit.logs import correlation_id
from core.kit.sql_values import as_json

QUIET = timedelta(minutes=10)  # a page that reruns is one reading, not twenty
# The table, not the class: the mapper's own way to insert costs four times as much, and every verb comes here.
_INSERT = insert(AuditEntry.__table__)  # type: ignore[arg-type]  # a mapped class's table is always a Table

_INSERT_ALL = text("""insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip,
  correlation_id)
select r.id, :at, :actor, :role, :action, :type, r.entity, r.after, cast(:ip as inet), :correlation
from jsonb_to_recordset(cast(:rows as jsonb)) r (id uuid, entity uuid, after jsonb)""")
_READ_LATELY = text("""select exists (select from audit_entry where entity_type = 'report' and actor_id = :actor
  and action = 'report.read' and entity_id is not distinct from cast(:entity as uuid) and after ->> 'report' = :report
  and at > :since)""")
_UNREAD = text("""select wanted from unnest(cast(:ids as uuid[])) wanted where not exists (
  select from audit_entry a where a.entity_type = :type and a.entity_id = wanted and a.action = :action
    and a.actor_id = :actor and a.at > :since)""")
_PART = """insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip, correlation_id)
select :entry_id, :entry_at, :entry_actor, :entry_role, :entry_action, :entry_type, :entry_entity, cast(:entry_after as jsonb),
  cast(:entry_ip as inet), :entry_correlation"""


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    entity_type: str,
    entity_id: UUID | None,
    now: datetime,
    before: Json | None = None,
    after: Json | None = None,
    memo: str | None = None,
) -> None:
    """Add an entry such as ``lead.approved``; ids and figures only, contact data by reference (SPEC 1.9)."""
    entry = {
        "id": uuid7(),
        "at": now,
        "actor_id": actor.user_id,
        "actor_role": actor.role,
        "action": action,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "before": before,
        "after": after,
        "memo": memo,
        "ip": actor.ip,
        "correlation_id": correlation_id.get(),
    }
    # What is absent is left out: the database then stores NULL, not the JSON value null.
    session.execute(_INSERT, {column: value for column, value in entry.items() if value is not None})


def record_reading(session: Session, actor: Actor, report: str, *, entity_id: UUID | None = None, now: datetime) -> None:
    """Add that one of the staff read what speaks of others, at most once in ten minutes per reader and report (SPEC 1.9).

    ``entity_id`` is whom it speaks of, when that is one. What companies read is their own, and jobs read for nobody.
    """
    if actor.role not in STAFF:
        return
    asked = {"actor": actor.user_id, "report": report, "entity": entity_id, "since": now - QUIET}

    def write(house: Session) -> None:
        if not house.execute(_READ_LATELY, asked).scalar_one():
            record(house, actor, "report.read", entity_type="report", entity_id=entity_id, now=now, after={"report": report})

    replica.write_beside(session, write)


def record_opening(
    session: Session, actor: Actor, action: str, *, entity_type: str, entity_ids: Iterable[UUID], now: datetime
) -> None:
    """Add that somebody opened what holds contact data, such as ``contact.read`` of a lead: at most once in ten minutes per
    reader and thing, however often the page that shows it is drawn (SPEC 1.9)."""
    asked = {"ids": list(entity_ids), "type": entity_type, "action": action, "actor": actor.user_id, "since": now - QUIET}
    for entity_id in session.execute(_UNREAD, asked).scalars().all():
        record(session, actor, action, entity_type=entity_type, entity_id=entity_id, now=now)


def record_all(
    session: Session, actor: Actor, action: str, *, entity_type: str, entries: Mapping[UUID, Json], now: datetime
) -> None:
    """``record`` for many things at once, each with what it became (``after``): one statement for a whole batch."""
    rows = [{"id": uuid7(), "entity": entity, "after": after} for entity, after in entries.items()]
    shared = {"at": now, "actor": actor.user_id, "role": actor.role, "action": action, "type": entity_type, "ip": actor.ip}
    if rows:
        values = shared | {"rows": as_json(rows), "correlation": correlation_id.get()}
        session.execute(_INSERT_ALL, values)


def part(actor: Actor, action: str, *, entity_type: str, entity_id: UUID, now: datetime, after: Json) -> Part:
    """``record`` as part of another statement, which adds the ``from`` that decides whether it happened."""
    values = {
        "entry_id": uuid7(),
        "entry_at": now,
        "entry_actor": actor.user_id,
        "entry_role": actor.role,
        "entry_action": action,
        "entry_type": entity_type,
        "entry_entity": entity_id,
        "entry_after": as_json(after),
        "entry_ip": actor.ip,
        "entry_correlation": correlation_id.get(),
    }
    return Part(_PART, values)
