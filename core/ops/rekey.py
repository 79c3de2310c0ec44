"""Seal anew, under the newest secret key, what older ones sealed (docs/how-to/change-the-secret-key.md, docs/adr/0034).

It goes by itself in portions, newest rows first: what an interrupted run has not reached is what is oldest, where
``sealed_standing`` looks. Nothing is marked as done; whether the newest key sealed a value shows in the value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.errors import Invalid

PORTION = 500
LOOKED_AT = 300  # rows at either end of a column's time


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values; every one has a dated ``id`` beside it."""

    table: str
    column: str
    purpose: str

    @property
    def name(self) -> str:
        """As people find it in the reference."""
        return f"{self.table}.{self.column}"


SEALED_COLUMNS = (
    SealedColumn("user_account", "totp_secret", "totp"),
    SealedColumn("user_session", "pending_totp", "totp"),
    SealedColumn("webhook_endpoint", "secret", "webhook"),
    SealedColumn("webhook_endpoint", "former_secret", "webhook"),
    SealedColumn("webhook_endpoint", "credentials", "webhook"),
    SealedColumn("source", "secrets", "source"),
    SealedColumn("outbox", "sealed", "outbox"),
    SealedColumn("payment_event", "sealed", "webhook"),
    SealedColumn("support_message", "sealed", "support"),
    SealedColumn("quarantine_entry", "fix", "quarantine"),
    SealedColumn("raw_record", "content", "raw-record"),
    SealedColumn("email_message", "sealed", "mail"),
    SealedColumn("idempotency_record", "response", "answer"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Values by what became of them: sealed by the newest key already, by an older one, by none we know.

    ``busy`` are those of an older key that somebody else's work held, so that they wait for the next walk. ``last`` is
    where to go on; ``None`` at the end.
    """

    newest: int = 0
    older: int = 0
    unreadable: int = 0
    busy: int = 0
    last: UUID | None = None


def rekey_portion(
    session: Session, *, where: SealedColumn, before: UUID | None = None, most: int = PORTION, only_look: bool = False
) -> Counted:
    """Seal up to ``most`` values anew, the newest before ``before`` first; whoever holds a row is not waited for.

    Repeated, it changes nothing: what the newest key sealed is left as it is. What no key opens is counted and left, too.
    ``only_look`` counts, and changes nothing.
    """
    rows = session.execute(text(_WALK.format(**_names(where))), {"before": before, "most": most}).all()
    standing = {row.id: _kind(row.sealed, where.purpose) for row in rows}
    older = [row_id for row_id, kind in standing.items() if kind == "older"]
    done = older if only_look else _reseal(session, where, older)
    return Counted(
        newest=sum(kind == "newest" for kind in standing.values()),
        older=len(done),
        unreadable=sum(kind == "unreadable" for kind in standing.values()),
        busy=len(older) - len(done),
        last=rows[-1].id if len(rows) == most else None,
    )


def note_rekeyed(session: Session, *, actor: Actor, changed: int, now: datetime) -> None:
    """Write into the trail that so many values were sealed anew."""
    actor.require("admin")
    audit.record(session, actor, "secrets.rekeyed", entity_type="secrets", entity_id=None, now=now, after={"changed": changed})


def sealed_standing(session: Session) -> dict[str, Counted]:
    """How the oldest and the newest 300 values of each column stand, by the column's name."""
    return {where.name: _count(_ends(session, where), where.purpose) for where in SEALED_COLUMNS}


_WALK = """select id, {column} as sealed from {table}
 where {column} is not null and (cast(:before as uuid) is null or id < :before) order by id desc limit :most"""
_ENDS = """(select id, {column} as sealed from {table} where {column} is not null order by id limit :most)
 union (select id, {column} from {table} where {column} is not null order by id desc limit :most)"""
_HOLD = """select id, {column} as sealed from {table} where id = any (:ids) and {column} is not null
 order by id for no key update skip locked"""
_KEEP = "update {table} set {column} = :sealed where id = :id"


def _names(where: SealedColumn) -> dict[str, str]:
    return {"table": where.table, "column": where.column}


def _reseal(session: Session, where: SealedColumn, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Those that nobody holds: read again under their locks, since a person may have written one meanwhile."""
    if not ids:
        return []
    held = session.execute(text(_HOLD.format(**_names(where))), {"ids": list(ids)}).all()
    fresh = [{"id": row.id, "sealed": crypto.sealed_anew(row.sealed, purpose=where.purpose)} for row in held]
    if fresh:
        session.execute(text(_KEEP.format(**_names(where))), fresh)
    return fresh


def _ends(session: Session, where: SealedColumn) -> list[bytes]:
    rows = session.execute(text(_ENDS.format(**_names(where))), {"most": LOOKED_AT})
    return [row.sealed for row in rows]


def _count(values: Sequence[bytes], purpose: str) -> Counted:
    kinds = [_kind(value, purpose) for value in values]
    return Counted(newest=kinds.count("newest"), older=kinds.count("older"), unreadable=kinds.count("unreadable"))


def _kind(sealed: bytes, purpose: str) -> str:
    if crypto.is_newest(sealed, purpose=purpose):
        return "newest"
    try:
        crypto.unseal_bytes(sealed, purpose=purpose)
    except Invalid:
        return "unreadable"
    return "older"
