"""Records that could not become leads: why, what a person corrected, and what was decided (SPEC 8.3).

Nothing is dropped: an entry is replayed or discarded by a person, and its record stays as it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto, words
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Invalid, NotFound
from core.sourcing.errors import QuarantineSettled
from core.sourcing.models import QuarantineEntry

PURPOSE = "quarantine"
# What a person may correct: the parsed record's own fields. Answers are corrected by ``form_data.<key>``.
FIELDS = ("name", "email", "phone", "street", "unit", "city", "state", "zip", "niche", "text")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record is no lead yet: a code for programs, the field it is about, a sentence; no contact data in it."""

    code: str
    field: str
    message: str

    def as_json(self) -> Json:
        """As it is stored."""
        return {"code": self.code, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One line of the quarantine."""

    id: UUID
    raw_id: UUID
    source_id: UUID
    source: str
    record_id: str
    reasons: tuple[Reason, ...]
    state: str
    entered_at: datetime
    decided_at: datetime | None
    fixed: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class QuarantineView(QuarantineRow):
    """One entry with the record as it came and what was corrected so far, for admins only."""

    media_type: str
    url: str | None
    content: bytes | None
    fix: Json
    note: str | None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason keeps records waiting."""

    code: str
    field: str
    message: str
    records: int


_ROW = """
select q.id, q.raw_id, q.source_id, s.name as source, r.record_id, q.reasons, q.state, q.entered_at, q.decided_at,
  q.fix is not null as fixed, r.erased_at is not null as erased, r.media_type, r.url, r.content, q.fix, q.note
from quarantine_entry q join raw_record r on r.id = q.raw_id join source s on s.id = q.source_id """
_SHOWN = ("id", "raw_id", "source_id", "source", "record_id", "state", "entered_at", "decided_at", "fixed", "erased")


def list_quarantine(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID | None = None,
    state: str = "open",
    code: str | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
) -> list[QuarantineRow]:
    """Entries newest first, by source, state and the code of a reason."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text(
            _ROW
            + """where q.state = :state and (cast(:source as uuid) is null or q.source_id = :source)
                 and (cast(:code as text) is null
                   or q.reasons @> jsonb_build_array(jsonb_build_object('code', cast(:code as text))))
                 and (cast(:before as uuid) is null or q.id < :before) order by q.id desc limit :limit"""
        ),
        {"state": state, "source": source_id, "code": code, "before": before_id, "limit": limit},
    )
    return [QuarantineRow(**_shown(row)) for row in rows]


def quarantine_reasons(session: Session, *, actor: Actor, source_id: UUID | None = None) -> list[ReasonCount]:
    """What keeps records waiting, the most frequent first; among the newest 10,000."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select r ->> 'code' as code, r ->> 'field' as field, min(r ->> 'message') as message, count(*) as records
                from (select reasons from quarantine_entry where state = 'open'
                      and (cast(:source as uuid) is null or source_id = :source) order by id desc limit 10000) q,
                  jsonb_array_elements(q.reasons) r group by 1, 2 order by records desc, code, field limit 50"""),
        {"source": source_id},
    )
    return [ReasonCount(**row) for row in rows.mappings()]


def get_quarantined(session: Session, *, actor: Actor, entry_id: UUID, now: datetime) -> QuarantineView:
    """One entry with the record as it came; reading it is recorded. Raises ``NotFound``."""
    actor.require("admin")
    row = session.execute(text(_ROW + "where q.id = :id"), {"id": entry_id}).one_or_none()
    if row is None:
        raise NotFound("quarantine.not_found", "There is no such entry in the quarantine.")
    audit.record_opening(session, actor, "contact.read", entity_type="quarantine", entity_ids=[entry_id], now=now)
    content = crypto.unseal_bytes(row.content, purpose="raw-record") if row.content else None
    return QuarantineView(
        **_shown(row), media_type=row.media_type, url=row.url, content=content, fix=_opened(row.fix), note=row.note
    )


def fix_quarantined(session: Session, *, actor: Actor, entry_id: UUID, fields: Mapping[str, str | None], now: datetime) -> None:
    """Correct fields of the record for its replay; the record itself stays as it came. Raises ``Invalid``, ``QuarantineSettled``.

    Fields are those of ``FIELDS`` and ``form_data.<key>``; ``None`` empties one.
    """
    actor.require("admin")
    entry = lock_open(session, entry_id)
    unknown = {key: "This field can't be corrected." for key in fields if key not in FIELDS and not key.startswith("form_data.")}
    if unknown:
        raise Invalid("quarantine.field", "Please correct known fields only.", fields=unknown)
    tidy = {key: words.paragraphs(value, field=key, most=2000) if value else None for key, value in fields.items()}
    entry.fix = crypto.seal(_opened(entry.fix) | tidy, purpose=PURPOSE)
    session.flush()
    after = {"fields": sorted(fields)}
    audit.record(session, actor, "quarantine.fixed", entity_type="quarantine", entity_id=entry_id, now=now, after=after)


def discard_quarantined(session: Session, *, actor: Actor, entry_id: UUID, note: str, now: datetime) -> None:
    """Decide that a record becomes no lead, with the reason in words; it stays as it came. Raises ``QuarantineSettled``."""
    actor.require("admin")
    note = words.one_line(note, field="note", least=1, most=1000)
    entry = lock_open(session, entry_id)
    settle(session, entry, "discarded", actor=actor, note=note, now=now)
    session.execute(text("update raw_record set outcome = 'discarded' where id = :raw"), {"raw": entry.raw_id})
    audit.record(session, actor, "quarantine.discarded", entity_type="quarantine", entity_id=entry_id, now=now, memo=note)


def find_open(session: Session, entry_id: UUID) -> QuarantineEntry:
    """An open entry as it is now; raises ``NotFound``, ``QuarantineSettled``."""
    return _open(session.get(QuarantineEntry, entry_id, populate_existing=True))


def lock_open(session: Session, entry_id: UUID) -> QuarantineEntry:
    """An open entry, kept from others until the transaction ends; raises ``NotFound``, ``QuarantineSettled``."""
    return _open(session.get(QuarantineEntry, entry_id, with_for_update=True, populate_existing=True))


def _open(entry: QuarantineEntry | None) -> QuarantineEntry:
    if entry is None:
        raise NotFound("quarantine.not_found", "There is no such entry in the quarantine.")
    if entry.state != "open":
        raise QuarantineSettled
    return entry


def settle(session: Session, entry: QuarantineEntry, state: str, *, actor: Actor, note: str | None = None, now: datetime) -> None:
    """Close an entry."""
    entry.state, entry.decided_at, entry.decided_by, entry.note = state, now, actor.user_id, note
    session.flush()


def fix_of(entry: QuarantineEntry) -> Json:
    """What was corrected so far, by field."""
    return _opened(entry.fix)


def _opened(fix: bytes | None) -> Json:
    return dict(crypto.unseal(fix, purpose=PURPOSE)) if fix else {}


def _shown(row: Row[Any]) -> Json:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return shown | {"reasons": tuple(Reason(**reason) for reason in row.reasons)}
