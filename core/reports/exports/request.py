"""Ask for a file, and see how far it is (SPEC 12.3, 7.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.reports.errors import ExportInvalid, ExportNotFound, ExportQuota, ExportTooLarge
from core.reports.exports import links
from core.reports.exports.datasets import DATASETS, Dataset
from core.reports.exports.formats import TYPES, XLSX_ROWS
from core.reports.exports.rows import Wanted, count
from core.reports.models import Export
from core.reports.scope import Scope, scope_of

DAY = timedelta(hours=24)
SIZES = {"xlsx": XLSX_ROWS}


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export as its asker sees it; ``link`` is there while the file is, and works for an hour."""

    id: UUID
    dataset: str
    title: str
    format: str
    state: str
    rows_total: int
    rows_done: int
    bytes: int | None
    error: str | None
    requested_at: datetime
    requested_by: UUID
    finished_at: datetime | None
    expires_at: datetime | None
    link: str | None


def datasets_for(actor: Actor) -> tuple[Dataset, ...]:
    """What this reader may export."""
    return tuple(dataset for dataset in DATASETS.values() if actor.role in dataset.roles)


def request_export(
    session: Session,
    *,
    actor: Actor,
    dataset: str,
    format: str = "csv",
    since: date | None = None,
    until: date | None = None,
    market_id: UUID | None = None,
    niche_id: UUID | None = None,
    matching: Mapping[str, Any] | None = None,
    now: datetime,
) -> ExportView:
    """Queue a file of the dataset over the dates given, the last 30 days by default; providers get their own leads.
    ``matching``: filters of the dataset's own, such as those of the trail (SPEC 1.9).

    Raises ``ExportInvalid``, ``ExportTooLarge`` with the number allowed, ``ExportQuota`` for a provider's sixth in a day.
    """
    wanted = _dataset(actor, dataset, format)
    provider_id = actor.require_provider() if actor.role == "provider" else None
    if provider_id:
        _check_quota(session, provider_id, now=now)
    told = {name: value for name, value in (matching or {}).items() if value is not None}
    if told and wanted.asks is None:
        raise ExportInvalid("matching", "This table knows dates, market and niche alone. Leave other filters out.")
    until = until or _newest_day(wanted, since, now)
    scope = scope_of(session, since=since, until=until, market_id=market_id, niche_id=niche_id, now=now)
    whole = Wanted(wanted, format, scope, provider_id, told)
    row = Export(
        id=uuid7(), requested_by=actor.user_id, requested_role=actor.role, provider_id=provider_id, dataset=dataset,
        format=format, filters=_filters(scope, told), title=f"{wanted.title}, {scope.since:%-d %b %Y} to {scope.until:%-d %b %Y}",
        state="queued", rows_total=_fitting(session, whole), rows_done=0, requested_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    after = {"dataset": dataset, "format": format, "rows": row.rows_total, "filters": row.filters}
    audit.record(session, actor, "export.requested", entity_type="export", entity_id=row.id, now=now, after=after)
    outbox.enqueue(session, "export.write", key=str(row.id), now=now, payload={"export_id": str(row.id)}, max_attempts=3)
    return view(row, now=now)


def _newest_day(wanted: Dataset, since: date | None, now: datetime) -> date | None:
    """What is of no market has UTC days, of which the newest may not have begun in any market; none where days are a market's."""
    return None if wanted.placed else max(now.date(), since or now.date())


def exports_of(
    session: Session, *, actor: Actor, before_id: UUID | None = None, limit: int = 25, now: datetime
) -> list[ExportView]:
    """The actor's own exports, newest first; an admin sees everybody's."""
    actor.require("admin", "analyst", "scientist", "provider")
    found = select(Export).order_by(Export.id.desc()).limit(max(1, min(limit, 100)))
    if actor.role != "admin":
        found = found.where(Export.requested_by == actor.user_id, Export.requested_role == actor.role)
    if before_id:
        found = found.where(Export.id < before_id)
    return [view(row, now=now) for row in session.scalars(found)]


def get_export(session: Session, *, actor: Actor, export_id: UUID, now: datetime) -> ExportView:
    """One of the actor's own exports (any for an admin); raises ``ExportNotFound``."""
    return view(own(session, actor, export_id), now=now)


def own(session: Session, actor: Actor, export_id: UUID) -> Export:
    """The row, if the actor may have it: who asked, in the role in which they asked, or an admin.

    A file holds contact data as the role of that day saw it; who is an analyst since sees it masked (SPEC 1.6).
    """
    actor.require("admin", "analyst", "scientist", "provider")
    row = session.get(Export, export_id, populate_existing=True)
    theirs = row is not None and (row.requested_by, row.requested_role) == (actor.user_id, actor.role)
    if row is None or not (theirs or actor.role == "admin"):
        raise ExportNotFound
    return row


def view(row: Export, *, now: datetime) -> ExportView:
    """The row as people see it."""
    there = row.state == "ready" and row.expires_at is not None and row.expires_at > now
    state = "expired" if row.state == "ready" and not there else row.state
    return ExportView(
        id=row.id, dataset=row.dataset, title=row.title, format=row.format, state=state, rows_total=row.rows_total,
        rows_done=row.rows_done, bytes=row.bytes, error=row.error, requested_at=row.requested_at,
        requested_by=row.requested_by, finished_at=row.finished_at, expires_at=row.expires_at,
        link=links.link(row.id, now=now) if there else None,
    )  # fmt: skip


def _dataset(actor: Actor, key: str, format: str) -> Dataset:
    actor.require("admin", "analyst", "scientist", "provider")
    known = {dataset.key: dataset for dataset in datasets_for(actor)}
    if key not in known:
        raise ExportInvalid("dataset", f"Choose one of: {', '.join(known)}.")
    if format not in TYPES:
        raise ExportInvalid("format", f"Choose one of: {', '.join(TYPES)}.")
    if format == "geoparquet" and not any(column.kind == "place" for column in known[key].columns):
        raise ExportInvalid("format", "This table has no places. Choose Parquet instead.")
    return known[key]


def _fitting(session: Session, wanted: Wanted) -> int:
    """How many rows the file would have; raises ``ExportTooLarge`` beyond the limit."""
    most = min(ops.threshold(session, "export_rows"), SIZES.get(wanted.format, 10**12))
    rows = count(session, wanted, most=most + 1)
    if rows > most:
        raise ExportTooLarge(most, ", the most a spreadsheet holds" if most == XLSX_ROWS else "")
    return rows


def _check_quota(session: Session, provider_id: UUID, *, now: datetime) -> None:
    """One after the other per provider, so that two at once can't both be the fifth."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended('export:' || :provider, 0))"), {"provider": str(provider_id)}
    )
    most = ops.threshold(session, "exports_per_day")
    recent = session.scalars(
        select(Export.requested_at)
        .where(Export.provider_id == provider_id, Export.requested_at > now - DAY, Export.state != "failed")
        .order_by(Export.requested_at.desc())
        .limit(most)
    ).all()
    if len(recent) >= most:
        raise ExportQuota(most, retry_after_s=max(1, ceil((recent[-1] + DAY - now).total_seconds())))


def _filters(scope: Scope, told: Mapping[str, Any]) -> dict[str, Any]:
    ids = {"market_id": scope.market_id, "niche_id": scope.niche_id}
    return {
        "since": str(scope.since), "until": str(scope.until), "timezone": scope.timezone,
        **{name: str(id_) for name, id_ in ids.items() if id_},
        **({"matching": {name: _stored(value) for name, value in told.items()}} if told else {}),
    }  # fmt: skip


def _stored(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, list) else str(value)
