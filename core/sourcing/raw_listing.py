"""What a source said, record by record: the list, and one as it came (SPEC 8.3)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.errors import Gone, NotFound
from core.sourcing.raw import PURPOSE


@dataclass(frozen=True, slots=True)
class RawRowView:
    """One version of a record without its content."""

    id: UUID
    record_id: str
    version: str
    media_type: str
    bytes: int
    sha256: str
    url: str | None
    fetched_at: datetime
    outcome: str
    lead_id: UUID | None
    test: bool
    erased: bool


_RAW = """
select id, record_id, version, media_type, content_bytes as bytes, encode(content_hash, 'hex') as sha256, url, fetched_at,
  outcome, lead_id, test, erased_at is not null as erased
from raw_record where source_id = :source and (cast(:outcome as text) is null or outcome = :outcome)
  and (cast(:before as uuid) is null or id < :before) order by id desc limit :limit"""


def list_raw(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID,
    outcome: str | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
) -> list[RawRowView]:
    """The last records of a source, newest first, without what they say."""
    actor.require("admin", "analyst")
    rows = session.execute(text(_RAW), {"source": source_id, "outcome": outcome, "before": before_id, "limit": limit})
    return [RawRowView(**row) for row in rows.mappings()]


def read_raw(session: Session, *, actor: Actor, raw_id: UUID, now: datetime) -> bytes:
    """A record exactly as it came; each reading is recorded. Raises ``NotFound``, or ``Gone`` once it was erased."""
    actor.require("admin")
    row = session.execute(text("select content, erased_at from raw_record where id = :id"), {"id": raw_id}).one_or_none()
    if row is None:
        raise NotFound("raw.not_found", "There is no such record.")
    if row.content is None:
        raise Gone("raw.erased", "What this record said was erased with its person.")
    audit.record_opening(session, actor, "contact.read", entity_type="raw_record", entity_ids=[raw_id], now=now)
    return crypto.unseal_bytes(row.content, purpose=PURPOSE)
