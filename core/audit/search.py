"""Read the trail: for administrators, newest first (SPEC 1.9)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.audit.filters import asked
from core.audit.models import AuditEntry
from core.audit.record import record_reading
from core.kit.actor import Actor
from core.kit.db import Json

MOST = 200


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as people read it; ``memo`` is for administrators only."""

    id: UUID
    at: datetime
    actor_id: UUID
    actor_role: str
    action: str
    entity_type: str
    entity_id: UUID | None
    before: Json | None
    after: Json | None
    memo: str | None
    ip: str | None
    correlation_id: str | None


def search(
    session: Session,
    *,
    actor: Actor,
    action: str | None = None,
    entity_type: str | None = None,
    entity_id: UUID | None = None,
    actor_id: UUID | None = None,
    actor_ids: Collection[UUID] | None = None,
    actor_role: str | None = None,
    ip: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    memo: str | None = None,
    correlation_id: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
    now: datetime,
) -> list[EntryView]:
    """Entries that match every filter given: ``action`` by its beginning, ``memo`` by a fragment, ``ip`` by itself or
    its network, such as 203.0.113.0/24 (SPEC 1.9). That the trail was read is an entry, too, after those that are answered;
    it names the one thing or person that was asked about. Raises ``Invalid`` for an address that is none."""
    actor.require("admin")
    given = {
        "action": action or None,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "actor_id": actor_id,
        "actor_ids": actor_ids,
        "actor_role": actor_role,
        "ip": ip or None,
        "memo": memo or None,
        "correlation_id": correlation_id,
    }
    within = {"at >= :since": since, "at < :until": until, "id < :before_id": before_id}
    entries = _found(session, given, within, limit)
    record_reading(session, actor, "the trail", entity_id=entity_id or actor_id, now=now)
    return entries


def actions(session: Session, *, actor: Actor) -> list[str]:
    """Every action that there is an entry of, in order; a step in the index for each, however many entries there are."""
    actor.require("admin")
    return list(session.execute(_ACTIONS).scalars())


_ACTIONS = text("""
    with recursive known (action) as (
      (select action from audit_entry order by action using ~<~ limit 1)
      union all
      select (select next.action from audit_entry next where next.action ~>~ known.action order by next.action using ~<~ limit 1)
        from known where known.action is not null
    )
    select action from known where action is not null""")


def _found(session: Session, given: dict[str, Any], within: dict[str, Any], limit: int) -> list[EntryView]:
    conditions, values = asked(given)
    bounds = {sql.split(":")[1]: value for sql, value in within.items() if value is not None}
    conditions += [f"audit_entry.{sql}" for sql, value in within.items() if value is not None]
    found = select(*_COLUMNS).where(*(text(sql) for sql in conditions)).order_by(AuditEntry.id.desc())
    rows = session.execute(found.limit(min(max(limit, 1), MOST)), values | bounds)
    return [EntryView(**row._asdict()) for row in rows]


_COLUMNS = [func.host(AuditEntry.ip).label("ip") if name == "ip" else getattr(AuditEntry, name) for name in EntryView.__slots__]
