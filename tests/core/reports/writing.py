"""A file as the job writes it, and what stands in it."""

import csv
import io
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import reports
from core.reports import exports

NOON = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
DAYS = {"since": date(2026, 11, 1), "until": date(2026, 11, 5)}


def written(session: Session, export_id: UUID, *, now: datetime, batch: int = 2, attempt: int = 1) -> bytes:
    """Do what the job does, in batches of two; returns the file."""
    draft = exports.begin(session, export_id=export_id, attempt=attempt, now=now)
    assert draft is not None
    columns = exports.shown(draft.wanted.format, draft.wanted.dataset.columns)
    after, done = None, 0
    with exports.store().create(draft.path) as sink, exports.sheet(draft.wanted.format, columns, sink) as sheet:
        while True:
            found = reports.exports.rows.next_rows(
                session, draft.wanted, actor=draft.reader, export_id=export_id, after=after, limit=batch, now=now
            )
            sheet.write(found.rows)
            done, after = done + len(found.rows), found.next
            if after is None:
                break
    exports.finish(session, draft=draft, rows=done, now=now)
    return b"".join(exports.store().chunks(draft.path))


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
