"""Files that were brought: who brought them, what came of their rows, and which rows were refused and why (SPEC 8.1)."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import words
from core.kit.actor import SYSTEM, Actor
from core.kit.cells import plain
from core.kit.errors import NotFound
from core.sourcing.connectors.files.brought_file import Preview, Problem, records
from core.sourcing.models import SourceFile

MOST_NOTED = 1_000  # rows that can't be read whose reason is kept
Door = Literal["page", "api", "adf", "command"]

_FILES = """
select f.id, f.source_id, s.name as source, f.door, f.name, u.full_name as who, f.asked_at, f.rows, f.bad_rows,
  r.id as run_id, coalesce(r.state, 'waiting') as state, coalesce(r.fresh + r.changed, 0) as leads,
  coalesce(r.duplicates + r.unchanged + r.kept, 0) as nothing_new, coalesce(r.quarantined, 0) as quarantined
from source_file f join source s on s.id = f.source_id left join user_account u on u.id = f.asked_by
left join lateral (
  select (array_agg(x.id order by x.id desc))[1] as id, (array_agg(x.state order by x.id desc))[1] as state,
    sum(x.fresh)::bigint as fresh, sum(x.changed)::bigint as changed, sum(x.duplicates)::bigint as duplicates,
    sum(x.unchanged)::bigint as unchanged, sum(x.kept)::bigint as kept, sum(x.quarantined)::bigint as quarantined
    from source_run x where x.source_id = f.source_id and x.job_id = f.id having count(*) > 0) r on true
where (cast(:source as uuid) is null or f.source_id = :source) and (cast(:before as uuid) is null or f.id < :before)
order by f.id desc limit :limit"""
_REFUSED = """
select w.record_id, q.state, reason ->> 'field' as field, reason ->> 'message' as why
  from source_run r join raw_record w on w.run_id = r.id and w.source_id = r.source_id
  join quarantine_entry q on q.raw_id = w.id cross join jsonb_array_elements(q.reasons) reason
 where r.source_id = :source and r.job_id = :job order by w.id, field"""
_STATES = {"open": "in quarantine", "replayed": "taken in since", "discarded": "discarded since"}


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file and what came of its rows. ``bad_rows`` could not be read; ``quarantined`` were read but make no lead.

    ``who``: ``None`` at the command line and for a sender who showed the source's key.
    """

    id: UUID
    source_id: UUID
    source: str
    door: Door
    name: str
    who: str | None
    asked_at: datetime
    rows: int
    bad_rows: int
    run_id: UUID | None
    state: str
    leads: int
    nothing_new: int
    quarantined: int


def note_file(
    session: Session,
    *,
    actor: Actor,
    file_id: UUID,
    source_id: UUID,
    door: Door,
    name: str,
    content: bytes,
    looked: Preview,
    now: datetime,
) -> None:
    """Keep that a file was brought, with the numbers of the rows that can't be read. Its runs name it as their job."""
    told = looked.problems
    if looked.bad_rows > len(told):
        told = tuple(islice((one for one in records(content, now=now) if isinstance(one, Problem)), MOST_NOTED))
    problems = [{"row": one.row, "why": words.without_contact(one.why)} for one in told]
    session.add(
        SourceFile(
            id=file_id, source_id=source_id, door=door, name=words.tidy(name)[:200] or "file", sha256=looked.sha256,
            rows=looked.rows, bad_rows=looked.bad_rows, problems=problems,
            asked_by=None if actor.user_id == SYSTEM.user_id else actor.user_id, asked_at=now,
        )
    )  # fmt: skip
    session.flush()


def note_document(session: Session, *, file_id: UUID, source_id: UUID, sha256: str, prospects: int, now: datetime) -> None:
    """Keep that a document was posted by who has the source's key."""
    name = f"ADF, {prospects} {'prospect' if prospects == 1 else 'prospects'}"
    session.add(
        SourceFile(
            id=file_id, source_id=source_id, door="adf", name=name, sha256=sha256, rows=prospects, bad_rows=0, asked_at=now
        )
    )  # fmt: skip
    session.flush()


def list_files(
    session: Session, *, actor: Actor, source_id: UUID | None = None, before_id: UUID | None = None, limit: int = 25
) -> list[FileRow]:
    """Files of one source or of all, newest first."""
    actor.require("admin", "analyst")
    rows = session.execute(text(_FILES), {"source": source_id, "before": before_id, "limit": limit})
    return [FileRow(**row) for row in rows.mappings()]


def refused_rows(session: Session, *, actor: Actor, file_id: UUID) -> bytes:
    """The rows of a file that became no lead, as CSV: number or own id, field, reason. Raises ``NotFound``.

    No cell is in it: what a row said stays where it can be erased, in the quarantine and with who brought the file.
    """
    actor.require("admin", "analyst")
    file = session.get(SourceFile, file_id)
    if file is None:
        raise NotFound("file.unknown", "There is no such file.")
    waiting = session.execute(text(_REFUSED), {"source": file.source_id, "job": file_id})
    unread = [(one["row"], "", one["why"], "not read") for one in file.problems]
    return _table([*unread, *((_number(row.record_id), row.field, row.why, _STATES[row.state]) for row in waiting)])


def _number(record_id: str) -> str:
    """A row without an id of its own is known by its number in the file."""
    return record_id.rpartition(":")[2] if record_id.startswith("file:") else record_id


def _table(rows: list[Any]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(["row", "field", "problem", "state"])
    writer.writerows([plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return sink.getvalue().encode("utf-8-sig")
