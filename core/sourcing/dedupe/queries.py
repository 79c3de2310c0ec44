"""What the page of duplicates reads: pairs that wait, both sides of one, and what was merged lately."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from core.leads import ContactView
from core.sourcing.dedupe.errors import PairNotFound

_COLUMNS = """p.id, p.first_id, p.second_id, p.probability::float8 as probability, p.reasons, p.found_by, p.state,
 p.found_at, p.decided_at,
 n.name as niche, a.status as first_status, b.status as second_status, a.submitted_at as first_at, b.submitted_at as second_at,
 a.source as first_source, b.source as second_source
 from duplicate_pair p join niche n on n.id = p.niche_id join lead a on a.id = p.first_id join lead b on b.id = p.second_id"""
_WAITING = text(f"select {_COLUMNS} where p.state = 'open' order by p.probability desc, p.id limit :most")
_ONE = text(f"select {_COLUMNS} where p.id = :pair")
_DECIDED = text(f"select {_COLUMNS} where p.state in ('merged', 'apart') order by p.decided_at desc, p.id limit :most")


@dataclass(frozen=True, slots=True)
class Side:
    """One request of a pair."""

    lead_id: UUID
    status: str
    source: str
    submitted_at: datetime

    @property
    def may_be_merged(self) -> bool:
        """True while this request can still become a duplicate."""
        steps: dict[Any, tuple[Any, ...]] = dict(leads.STEPS)
        return "duplicate" in steps[self.status]


@dataclass(frozen=True, slots=True)
class PairView:
    """Two requests that may be one person's; ``degrees`` say by field how far they agree. Probability 0 to 1."""

    id: UUID
    niche: str
    first: Side
    second: Side
    probability: float
    degrees: dict[str, str]
    found_by: str
    state: str
    found_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How many pairs wait, and what was decided since a moment."""

    waiting: int
    merged: int
    kept_apart: int


def waiting_pairs(session: Session, *, actor: Actor, most: int = 50) -> list[PairView]:
    """Pairs that wait for a decision, the likeliest first (SPEC 8.4)."""
    actor.require("admin", "analyst")
    return [_view(row) for row in session.execute(_WAITING, {"most": most})]


def decided_pairs(session: Session, *, actor: Actor, most: int = 20) -> list[PairView]:
    """Pairs that were decided, the newest decision first."""
    actor.require("admin", "analyst")
    return [_view(row) for row in session.execute(_DECIDED, {"most": most})]


def get_pair(session: Session, *, actor: Actor, pair_id: UUID) -> PairView:
    """One pair; raises ``PairNotFound``."""
    actor.require("admin", "analyst")
    row = session.execute(_ONE, {"pair": pair_id}).one_or_none()
    if row is None:
        raise PairNotFound
    return _view(row)


def both_contacts(session: Session, *, actor: Actor, pair: PairView, now: datetime) -> tuple[ContactView, ContactView]:
    """Contact data of both sides as this reader may see it, masked for analysts; the reading is recorded (SPEC 1.6)."""
    actor.require("admin", "analyst")
    found = leads.reveal(session, actor=actor, lead_ids=[pair.first.lead_id, pair.second.lead_id], now=now)
    return found[pair.first.lead_id], found[pair.second.lead_id]


def pair_figures(session: Session, *, actor: Actor, since: datetime) -> PairFigures:
    """Counts for the head of the page."""
    actor.require("admin", "analyst")
    row = session.execute(
        text("""select count(*) filter (where state = 'open'), count(*) filter (where state = 'merged' and decided_at >= :since),
                  count(*) filter (where state = 'apart' and decided_at >= :since) from duplicate_pair
                where state = 'open' or decided_at >= :since"""),
        {"since": since},
    ).one()
    return PairFigures(*row)


def _view(row: Row[Any]) -> PairView:
    degrees = {reason["field"]: reason["degree"] for reason in row.reasons}
    return PairView(
        row.id, row.niche, Side(row.first_id, row.first_status, row.first_source, row.first_at),
        Side(row.second_id, row.second_status, row.second_source, row.second_at), row.probability, degrees, row.found_by,
        row.state, row.found_at, row.decided_at,
    )  # fmt: skip
