"""Runs as people read them: on the lead's page, in the list of the newest, in an export (SPEC 5.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor

MOST = 200


@dataclass(frozen=True, slots=True)
class RunView:
    """One run: where it started, what it walked, what it looked at and sold, whom it passed over and why."""

    id: UUID
    lead_id: UUID
    niche_id: UUID
    state: str
    turn: int
    traversal: tuple[UUID, ...]
    candidates: int
    assigned: int
    skips: dict[str, int]
    error: str | None
    started_by: UUID
    started_at: datetime
    finished_at: datetime | None
    duration_ms: float | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """The view of a row that has the columns of ``distribution_run``."""
        values = {name: getattr(row, name) for name in cls.__slots__}
        duration = None if row.duration_ms is None else float(row.duration_ms)
        return cls(**values | {"traversal": tuple(row.traversal), "duration_ms": duration})


@dataclass(frozen=True, slots=True)
class Sale:
    """One recipient of a run; ``assignment_id`` of a simulation leads nowhere."""

    assignment_id: UUID
    provider_id: UUID
    company: str
    level_id: UUID
    level: str
    slot_no: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with the names of its levels, in the order walked, and its sales, in the order made."""

    run: RunView
    niche: str
    levels: tuple[str, ...]
    sales: tuple[Sale, ...]


_DETAIL = """
    select r.*, n.name as niche,
           array(select l.name from unnest(r.traversal) with ordinality t (id, n)
                   join competition_level l on l.id = t.id order by t.n) as levels,
           coalesce((
             select jsonb_agg(jsonb_build_array(a.id, a.provider_id, p.company_name, a.level_id, l.name, a.slot_no, a.price_cents)
                              order by a.id)
               from assignment a join provider p on p.id = a.provider_id join competition_level l on l.id = a.level_id
              where a.lead_id = r.lead_id and a.run_id = r.id), '[]') as sales
      from distribution_run r join niche n on n.id = r.niche_id"""
_OF_LEAD = text(_DETAIL + " where r.lead_id = :lead order by r.id desc")
_ONE = text(_DETAIL + " where r.id = :run")
_RECENT = text(
    _DETAIL
    + """ where (cast(:niche as uuid) is null or r.niche_id = :niche) and (cast(:before as uuid) is null or r.id < :before)
                  order by r.id desc limit :limit"""
)


def runs_of(session: Session, *, actor: Actor, lead_id: UUID) -> list[RunDetail]:
    """All runs of a lead, newest first, for staff (SPEC 5.5)."""
    actor.require("admin", "analyst")
    return [_detail(row) for row in session.execute(_OF_LEAD, {"lead": lead_id})]


def recent_runs(
    session: Session, *, actor: Actor, niche_id: UUID | None = None, before_id: UUID | None = None, limit: int = 50
) -> list[RunDetail]:
    """Runs of one niche or of all, newest first, ``limit`` (at most 200) before ``before_id``, for staff (SPEC 5.5)."""
    actor.require("admin", "analyst")
    named = {"niche": niche_id, "before": before_id, "limit": min(max(limit, 1), MOST)}
    return [_detail(row) for row in session.execute(_RECENT, named)]


def detail_of(session: Session, run_id: UUID) -> RunDetail:
    """One run with its names and sales."""
    return _detail(session.execute(_ONE, {"run": run_id}).one())


def _detail(row: Any) -> RunDetail:
    sales = tuple(
        Sale(UUID(id_), UUID(provider), company, UUID(level_id), level, slot_no, price)
        for id_, provider, company, level_id, level, slot_no, price in row.sales
    )
    return RunDetail(RunView.of(row), row.niche, tuple(row.levels), sales)
