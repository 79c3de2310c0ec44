"""Records exactly as they came: kept once per version, hashed, encrypted, erasable (SPEC 8.3, 13.6)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.db import Json
from core.kit.errors import Invalid

PURPOSE = "raw-record"


def sealed(content: bytes) -> bytes:
    """What is stored of a record's content."""
    return crypto.seal_bytes(content, purpose=PURPOSE)


def opened(content: bytes) -> bytes:
    """The content as it came."""
    return crypto.unseal_bytes(content, purpose=PURPOSE)


def content_hash(content: bytes) -> bytes:
    """SHA-256 of the content as it came."""
    return hashlib.sha256(content).digest()


_SENT = text("""
    select r.lead_id, s.name as source, r.received_at, r.media_type, r.url, r.content
      from raw_record r join source s on s.id = r.source_id
     where r.lead_id = any (:leads) and r.content is not null order by r.id""")
# What still waits for a person is needed to be read again, however old it is.
_OLD = """select r.id from raw_record r where r.content is not null and r.id < oldest_id(:before) and r.received_at < :before
  and not exists (select from quarantine_entry q where q.raw_id = r.id and q.state = 'open') order by r.id limit :most"""
_COUNT = text(f"select count(*) from ({_OLD}) old")  # noqa: S608 -- constants
_FORGET = text(f"""
with old as ({_OLD} for update of r skip locked), emptied as (
 update raw_record r set content = null, url = null, erased_at = :now from old where r.id = old.id returning r.id
), corrections as (
 update quarantine_entry q set fix = null from emptied where q.raw_id = emptied.id and q.fix is not null
)
select count(*) from emptied""")  # noqa: S608 -- constants


def records_of(session: Session, *, lead_ids: Sequence[UUID]) -> list[Json]:
    """What sources sent of these requests, as it came: for the person themselves (SPEC 13.6). What was erased is left out, and of
    what no key opens there is no content."""
    rows = session.execute(_SENT, {"leads": list(lead_ids)})
    return [dict(row._mapping) | {"content": _words(row.content)} for row in rows]


def _words(content: bytes) -> str | None:
    try:
        return opened(content).decode(errors="replace")
    except Invalid:
        return None


def count_old(session: Session, *, before: datetime, most: int) -> int:
    """How many records that came before then still have their content, ``most`` at most."""
    return int(session.execute(_COUNT, {"before": before, "most": most}).scalar_one())


def forget_old(session: Session, *, before: datetime, most: int, now: datetime) -> int:
    """Empty up to ``most`` of them, with the corrections made to them; ids, versions and hashes stay. Returns how many."""
    return int(session.execute(_FORGET, {"before": before, "most": most, "now": now}).scalar_one())
