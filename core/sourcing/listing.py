"""Sources as their pages show them: the list with health, one source, its runs and last records (SPEC 8.6, issue of sources).

One statement per page; contact data only by ``read_raw``, which is recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.actor import Actor
from core.kit.db import Json
from core.sourcing import sources
from core.sourcing.connectors import kinds
from core.sourcing.errors import SourceNotFound
from core.sourcing.permission import PermissionView, permissions_of
from core.sourcing.reading import Reading

Health = Literal["well", "quiet", "failing", "resting", "paused", "retired", "not_permitted", "new"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line of the list: how it does, and what came of the last 30 days. Rates are shares, costs cents."""

    id: UUID
    slug: str
    name: str
    kind: str
    kind_title: str
    niche: str | None
    status: str
    health: Health
    may_sell: str | None
    every_minutes: int | None
    next_run_at: datetime | None
    paused_until: datetime | None
    failures: int
    last_error: str | None
    last_ok_at: datetime | None
    last_record_at: datetime | None
    running: bool
    records: int
    fresh: int
    duplicate_rate: float | None
    error_rate: float | None
    in_quarantine: int
    pulls: bool


@dataclass(frozen=True, slots=True)
class SourceView(SourceRow):
    """One source whole; of its secrets only the names."""

    niche_id: UUID | None
    settings: Json
    reading: Json
    secret_names: tuple[str, ...]
    permissions: tuple[PermissionView, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run and what became of its records; ``expected`` when the source said how many there are."""

    id: UUID
    source_id: UUID
    source: str
    cause: str
    state: str
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    fetched: int
    fresh: int
    changed: int
    duplicates: int
    in_review: int
    unchanged: int
    kept: int
    quarantined: int
    withdrawn: int
    expected: int | None
    error: str | None


_LIST = """
select s.id, s.slug, s.name, s.kind, n.name as niche, s.status, s.every_minutes, s.next_run_at, s.paused_until, s.failures,
  s.last_error, s.last_ok_at, s.last_record_at, s.niche_id, s.settings, s.reading, s.secrets, s.created_at,
  p.may_sell, p.id is not null as permitted, coalesce(r.running, false) as running, coalesce(r.records, 0) as records,
  coalesce(r.fresh, 0) as fresh, r.duplicates::float8 / nullif(r.records - r.unchanged, 0) as duplicate_rate,
  r.quarantined::float8 / nullif(r.records - r.unchanged, 0) as error_rate,
  (select count(*) from (select from quarantine_entry q where q.source_id = s.id and q.state = 'open' limit 10000) w)
    as in_quarantine
from source s left join niche n on n.id = s.niche_id
left join lateral live_permission(s.id, :now) p on true
left join lateral (
  select bool_or(state = 'running') as running, sum(fetched)::bigint as records, sum(fresh)::bigint as fresh,
    sum(duplicates)::bigint as duplicates, sum(unchanged)::bigint as unchanged, sum(quarantined)::bigint as quarantined
    from source_run r where r.source_id = s.id and r.started_at > cast(:now as timestamptz) - interval '30 days') r on true
"""
_RUNS = """
select r.id, r.source_id, s.name as source, r.cause, r.state, r.started_at, r.seen_at, r.finished_at, r.fetched, r.fresh,
  r.changed, r.duplicates, r.in_review, r.unchanged, r.kept, r.quarantined, r.withdrawn, r.expected, r.error
from source_run r join source s on s.id = r.source_id
where (cast(:source as uuid) is null or r.source_id = :source) and (cast(:before as uuid) is null or r.id < :before)
order by r.id desc limit :limit"""


def list_sources(session: Session, *, actor: Actor, now: datetime) -> list[SourceRow]:
    """Every source with its health, by name; the retired ones last."""
    actor.require("admin", "analyst", "scientist")
    rows = session.execute(text(_LIST + "order by s.status = 'retired', s.name"), {"now": now})
    return [SourceRow(**_of_row(row, now)) for row in rows]


def get_source(session: Session, *, actor: Actor, source_id: UUID, now: datetime) -> SourceView:
    """One source with its permissions; raises ``SourceNotFound``."""
    actor.require("admin", "analyst")
    row = session.execute(text(_LIST + "where s.id = :source"), {"now": now, "source": source_id}).one_or_none()
    if row is None:
        raise SourceNotFound
    named = crypto.unseal(row.secrets, purpose=sources.PURPOSE) if row.secrets else {}
    return SourceView(
        **_of_row(row, now), niche_id=row.niche_id, settings=row.settings, reading=row.reading, secret_names=tuple(sorted(named)),
        permissions=tuple(permissions_of(session, actor=actor, source_id=source_id, now=now)), created_at=row.created_at,
    )  # fmt: skip


def list_runs(
    session: Session, *, actor: Actor, source_id: UUID | None = None, before_id: UUID | None = None, limit: int = 25
) -> list[RunRow]:
    """Runs of one source or of all, newest first, running ones with how far they are."""
    actor.require("admin", "analyst")
    rows = session.execute(text(_RUNS), {"source": source_id, "before": before_id, "limit": limit})
    return [RunRow(**row) for row in rows.mappings()]


def _of_row(row: Row[Any], now: datetime) -> Json:
    kind = kinds.KINDS.get(row.kind)
    known = {name: getattr(row, name) for name in SourceRow.__dataclass_fields__ if hasattr(row, name)}
    titles = {"kind_title": kind.title if kind else row.kind, "pulls": bool(kind and kind.pulls)}
    return known | titles | {"health": _health(row, now)}


def _health(row: Row[Any], now: datetime) -> Health:
    if row.status != "active":
        return "paused" if row.status == "paused" else "retired"
    if not row.permitted:
        return "not_permitted"
    if row.paused_until is not None and row.paused_until > now:
        return "resting"
    if row.failures:
        return "failing"
    if row.last_record_at is None:
        return "new"
    quiet = (now - row.last_record_at).total_seconds() > 3600 * Reading.of(row.reading).quiet_hours
    return "quiet" if quiet else "well"
