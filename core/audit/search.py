"""Read the trail: for administrators, newest first (SPEC 1.9)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Invalid

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
) -> list[EntryView]:
    """Entries that match every filter given: ``action`` by its beginning, ``memo`` by a fragment, ``ip`` by itself or
    its network, such as 203.0.113.0/24 (SPEC 1.9). Raises ``Invalid`` for an address that is none."""
    actor.require("admin")
    found = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(max(limit, 1), MOST))
    exact = {
        AuditEntry.entity_type: entity_type,
        AuditEntry.entity_id: entity_id,
        AuditEntry.actor_id: actor_id,
        AuditEntry.actor_role: actor_role,
        AuditEntry.correlation_id: correlation_id,
    }
    wanted = [column == value for column, value in exact.items() if value is not None]
    wanted += _within(action=action, memo=memo, ip=ip, actor_ids=actor_ids, since=since, until=until, before_id=before_id)
    found = found.where(*wanted)
    columns = [
        func.host(AuditEntry.ip).label("ip") if name == "ip" else getattr(AuditEntry, name) for name in EntryView.__slots__
    ]
    return [EntryView(**row._asdict()) for row in session.execute(found.with_only_columns(*columns))]


def _within(
    *,
    action: str | None,
    memo: str | None,
    ip: str | None,
    actor_ids: Collection[UUID] | None,
    since: datetime | None,
    until: datetime | None,
    before_id: UUID | None,
) -> list[ColumnElement[bool]]:
    """The filters that ask for more than equality; those that are not given are left out."""
    asked: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (actor_ids is not None, lambda: AuditEntry.actor_id.in_(actor_ids or ())),
        (ip, lambda: AuditEntry.ip.op("<<=")(cast(_network(ip or ""), INET))),
        (action, lambda: AuditEntry.action.startswith(action or "", autoescape=True)),
        (memo, lambda: AuditEntry.memo.icontains(memo or "", autoescape=True)),
        (since, lambda: AuditEntry.at >= since),
        (until, lambda: AuditEntry.at < until),
        (before_id, lambda: AuditEntry.id < before_id),
    ]
    return [made() for given, made in asked if given]


def _network(words: str) -> str:
    try:
        return str(ip_network(words.strip(), strict=False))
    except ValueError as error:
        sentence = f"{words.strip()} is no address. Write one like 203.0.113.7, or a network like 203.0.113.0/24."
        raise Invalid("audit.ip", sentence, fields={"ip": sentence}) from error
