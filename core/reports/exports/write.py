"""The steps of writing a file: begin, batch after batch, end or fail. Between them no transaction is open (SPEC 12.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import in_zone
from core.kit.config import settings
from core.kit.mail import request_mail
from core.reports.errors import ExportRecalled
from core.reports.exports.datasets import DATASETS
from core.reports.exports.files import store
from core.reports.exports.formats import ENDINGS
from core.reports.exports.rows import Batch, Place, Wanted, next_rows
from core.reports.models import Export
from core.reports.scope import Scope

EXPIRE_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being written: what it holds, for whom, and where. Each try has a place of its own."""

    export_id: UUID
    wanted: Wanted
    reader: Actor
    path: str


def begin(session: Session, *, export_id: UUID, attempt: int, now: datetime) -> Draft | None:
    """Take an export up; ``None`` when it is done, or its asker may no longer have it.

    A file left behind by a worker that died is never looked at again: every try writes to a place of its own.
    """
    row = session.scalars(select(Export).where(Export.id == export_id).with_for_update()).one()
    if row.state not in ("queued", "running"):
        return None
    if not _may_still(session, row):
        fail(session, export_id=export_id, sentence="Your account may no longer see this data.", now=now)
        return None
    row.state, row.rows_done, row.recalled_at = "running", 0, None
    session.flush()
    reader = Actor(row.requested_by, row.requested_role, row.provider_id)  # type: ignore[arg-type]  # checked by request_export
    wanted = Wanted(DATASETS[row.dataset], row.format, _scope(row), row.provider_id, row.filters.get("matching", {}))
    path = f"exports/{row.id}/{attempt}.{ENDINGS[row.format]}"
    return Draft(row.id, wanted, reader, path)


def next_batch(session: Session, *, draft: Draft, after: Place | None, done: int, now: datetime) -> Batch:
    """The next rows; ``done`` is how many are written, which whoever waits can see."""
    session.execute(text("update export set rows_done = :done where id = :id"), {"done": done, "id": draft.export_id})
    return next_rows(session, draft.wanted, actor=draft.reader, export_id=draft.export_id, after=after, now=now)


def finish(session: Session, *, draft: Draft, rows: int, now: datetime) -> None:
    """The file is whole: offer it, tell its asker by mail, keep it for a day.

    Raises ``ExportRecalled`` when somebody in it may have been erased meanwhile: the next try reads anew (SPEC 13.6).
    """
    row = session.scalars(select(Export).where(Export.id == draft.export_id).with_for_update()).one()
    if row.recalled_at is not None:
        store().remove(f"exports/{row.id}")
        raise ExportRecalled
    kept = timedelta(hours=ops.threshold(session, "export_hours"))
    row.state, row.rows_done, row.file, row.bytes = "ready", rows, draft.path, store().size(draft.path)
    row.finished_at, row.expires_at = now, now + kept
    session.flush()
    after = {"rows": rows, "bytes": row.bytes}
    audit.record(session, SYSTEM, "export.ready", entity_type="export", entity_id=row.id, now=now, after=after)
    expires = in_zone(row.expires_at, row.filters["timezone"])
    context = {"title": _title(row), "rows": f"{rows:,}", "expires": f"{expires.day} {expires:%B %Y, %H:%M %Z}"}
    request_mail(
        session, "export_ready", key=str(row.id), user_id=row.requested_by, now=now, context=context, sealed={"link": _page(row)}
    )


def fail(session: Session, *, export_id: UUID, sentence: str, now: datetime) -> None:
    """The file will not come: say why, and leave nothing of it behind."""
    row = session.scalars(select(Export).where(Export.id == export_id).with_for_update()).one()
    if row.state not in ("queued", "running"):
        return
    row.state, row.error, row.finished_at = "failed", sentence, now
    session.flush()
    store().remove(f"exports/{export_id}")
    audit.record(session, SYSTEM, "export.failed", entity_type="export", entity_id=row.id, now=now, after={"reason": sentence})
    context = {"title": _title(row), "reason": sentence, "link": _page(row)}
    request_mail(session, "export_failed", key=str(row.id), user_id=row.requested_by, context=context, now=now)


def expire(session: Session, *, now: datetime) -> int:
    """Delete files whose time is over; returns how many. Asking for one then is answered with 410 (SPEC 12.3)."""
    due = session.scalars(
        select(Export)
        .where(Export.state == "ready", Export.expires_at <= now)
        .order_by(Export.expires_at)
        .limit(EXPIRE_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    return _expire(session, due, now=now)


def recall(session: Session, *, now: datetime) -> int:
    """Delete every file with contact data before its time: somebody in one of them was erased (SPEC 13.6).

    Files live for a day and can be asked for again; who is in which is not written down. Returns how many. One that is being
    written may have read that person already: it is written once more.
    """
    personal = [key for key, dataset in DATASETS.items() if dataset.lead]
    wanted = select(Export).where(Export.state.in_(("ready", "running")), Export.dataset.in_(personal)).order_by(Export.id)
    rows = session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        if row.state == "running":
            row.recalled_at = now
    return _expire(session, [row for row in rows if row.state == "ready"], now=now)


def _expire(session: Session, due: Sequence[Export], *, now: datetime) -> int:
    for row in due:
        store().remove(f"exports/{row.id}")
        row.state, row.file = "expired", None
        audit.record(session, SYSTEM, "export.expired", entity_type="export", entity_id=row.id, now=now)
    session.flush()
    return len(due)


def _may_still(session: Session, row: Export) -> bool:
    """Is the asker still who they were, and their company still active?"""
    found = session.execute(
        text("""select u.role, u.status, u.provider_id, p.status as company from user_account u
                left join provider p on p.id = u.provider_id where u.id = :id"""),
        {"id": row.requested_by},
    ).one_or_none()
    if found is None or found.status != "active":
        return False
    own = (found.role, found.provider_id) == (row.requested_role, row.provider_id)
    return own and found.company in (None, "active")


def _scope(row: Export) -> Scope:
    told = row.filters
    market, niche = told.get("market_id"), told.get("niche_id")
    return Scope(
        date.fromisoformat(told["since"]),
        date.fromisoformat(told["until"]),
        UUID(market) if market else None,
        UUID(niche) if niche else None,
        told["timezone"],
    )


def _title(row: Export) -> str:
    return f"{row.title} ({row.format.upper() if row.format in ('csv', 'xlsx') else row.format})"


def _page(row: Export) -> str:
    return f"{settings().base_url}/{'my-exports' if row.provider_id else 'exports'}"
