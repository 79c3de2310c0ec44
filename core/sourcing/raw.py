"""Records exactly as they came: kept once per version, hashed, encrypted, erasable (SPEC 8.3, 13.6)."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import crypto

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


def forget(session: Session, *, lead_ids: Sequence[UUID]) -> int:
    """Erase what records say about the people of leads, corrections in the quarantine too; returns how many records.

    Their ids, versions and hashes stay, so that the same record never comes in again.
    """
    erased = session.execute(
        text("""with known as (select source_id, record_id from source_record where lead_id = any(:leads)),
                  mine as (select id from raw_record r where r.lead_id = any(:leads)
                           union select r.id from raw_record r join known k using (source_id, record_id))
                update raw_record r set content = null, url = null, erased_at = now() from mine
                where r.id = mine.id and r.erased_at is null returning r.id"""),
        {"leads": list(lead_ids)},
    ).scalars()
    ids = list(erased.all())
    session.execute(text("update quarantine_entry set fix = null, note = null where raw_id = any(:ids)"), {"ids": ids})
    return len(ids)
