"""Read the trail: for administrators, newest first (SPEC 1.9)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
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
    since: datetime | None = None,
    until: datetime | None = None,
    memo: str | None = None,
    correlation_id: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[EntryView]:
    """Entries that match every filter given: ``action`` by its beginning, ``memo`` by a fragment (SPEC 1.9)."""
    actor.require("admin")
    found = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(max(limit, 1), MOST))
    exact = {
        AuditEntry.entity_type: entity_type,
        AuditEntry.entity_id: entity_id,
        AuditEntry.actor_id: actor_id,
        AuditEntry.correlation_id: correlation_id,
    }
    found = found.where(*(column == value for column, value in exact.items() if value is not None))
    if action:
        found = found.where(AuditEntry.action.startswith(action, autoescape=True))
    if memo:
        found = found.where(AuditEntry.memo.icontains(memo, autoescape=True))
    if since:
        found = found.where(AuditEntry.at >= since)
    if until:
        found = found.where(AuditEntry.at < until)
    if before_id:
        found = found.where(AuditEntry.id < before_id)
    columns = [
        func.host(AuditEntry.ip).label("ip") if name == "ip" else getattr(AuditEntry, name) for name in EntryView.__slots__
    ]
    return [EntryView(**row._asdict()) for row in session.execute(found.with_only_columns(*columns))]
