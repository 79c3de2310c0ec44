"""Write a file that somebody asked for: batch after batch, each in a short transaction of its own (SPEC 12.3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from core.kit.outbox import Job
from core.reports import exports

LOST = "Something went wrong on our side while it was written. Please ask for it again."


@dataclass(frozen=True, slots=True)
class Work:
    """A draft and the job whose lease its writing renews."""

    job: Job
    draft: exports.Draft | None


def begin(session: Session, job: Job, now: datetime) -> Work:
    """Take the export up."""
    return Work(job, exports.begin(session, export_id=UUID(job.payload["export_id"]), attempt=job.attempts, now=now))


def write(work: Work, now: datetime) -> tuple[Work, int]:
    """Write every row; each batch renews the lease and tells how far it is. Returns the work and the number of rows."""
    draft, done, after = work.draft, 0, None
    if draft is None:
        return work, 0
    columns = exports.shown(draft.wanted.format, draft.wanted.dataset.columns)
    with exports.store().create(draft.path) as sink, exports.sheet(draft.wanted.format, columns, sink) as sheet:
        while True:
            with transaction() as session:
                outbox.renew(session, work.job, now=utc_now(), progress={"rows": done})
                batch = exports.next_batch(session, draft=draft, after=after, done=done, now=utc_now())
            sheet.write(batch.rows)
            done, after = done + len(batch.rows), batch.next
            if after is None:
                return work, done


def finish(session: Session, _job: Job, result: tuple[Work, int], now: datetime) -> None:
    """Offer the file."""
    work, rows = result
    if work.draft is not None:
        exports.finish(session, draft=work.draft, rows=rows, now=now)


def note_failure(session: Session, job: Job, error: Any, final: bool, now: datetime) -> None:
    """After the last try, tell who asked."""
    if final:
        sentence = error.message if isinstance(error, HotleadsError) else LOST
        exports.fail(session, export_id=UUID(job.payload["export_id"]), sentence=sentence, now=now)
