"""What sources cost, entered by people: fixed per month, per lead, or once; integer US cents (SPEC 8.6)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.kit.errors import Invalid, NotFound
from core.kit.ids import uuid7
from core.sourcing.models import SourceCost
from core.sourcing.sources import find_source

CostKind = Literal["monthly", "per_lead", "once"]
KINDS: tuple[CostKind, ...] = ("monthly", "per_lead", "once")


@dataclass(frozen=True, slots=True)
class CostRow:
    """One cost entry; ``ends_on`` is its last day, ``None`` while it goes on."""

    id: UUID
    kind: CostKind
    amount_cents: int
    starts_on: date
    ends_on: date | None
    note: str
    entered_by: str
    entered_at: datetime


def add_cost(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID,
    kind: CostKind,
    amount_cents: int,
    starts_on: date,
    ends_on: date | None = None,
    note: str = "",
    now: datetime,
) -> SourceCost:
    """Enter what a source costs from a day on; a ``once`` counts on that day alone. Raises ``Invalid`` by field."""
    actor.require("admin")
    find_source(session, source_id)
    if kind not in KINDS:
        raise Invalid("cost.kind", "Choose a kind.", fields={"kind": "Choose monthly, per lead, or once."})
    if not 1 <= amount_cents <= 100_000_000:
        raise Invalid("cost.amount", "Correct the amount.", fields={"amount_cents": "From $0.01 to $1,000,000."})
    if ends_on is not None and (ends_on < starts_on or kind == "once"):
        raise Invalid(
            "cost.ends_on", "Correct the last day.", fields={"ends_on": "It ends after it starts; a single cost has no end."}
        )
    cost = SourceCost(
        id=uuid7(), source_id=source_id, kind=kind, amount_cents=amount_cents, starts_on=starts_on, ends_on=ends_on,
        note=words.one_line(note, field="note", most=200), entered_by=actor.user_id, entered_at=now,
    )  # fmt: skip
    session.add(cost)
    session.flush()
    after = {"cost_id": str(cost.id), "kind": kind, "amount_cents": amount_cents, "starts_on": starts_on.isoformat()}
    audit.record(session, actor, "source.cost_added", entity_type="source", entity_id=source_id, now=now, after=after)
    return cost


def end_cost(session: Session, *, actor: Actor, cost_id: UUID, ends_on: date, now: datetime) -> SourceCost:
    """Let a cost end on a day; raises ``NotFound``, ``Invalid``."""
    actor.require("admin")
    cost = session.get(SourceCost, cost_id, with_for_update=True)
    if cost is None:
        raise NotFound("cost.not_found", "There is no such cost.")
    if cost.kind == "once" or ends_on < cost.starts_on:
        raise Invalid(
            "cost.ends_on", "Correct the last day.", fields={"ends_on": "It ends after it starts; a single cost has no end."}
        )
    cost.ends_on = ends_on
    session.flush()
    after = {"cost_id": str(cost.id), "ends_on": ends_on.isoformat()}
    audit.record(session, actor, "source.cost_ended", entity_type="source", entity_id=cost.source_id, now=now, after=after)
    return cost


def costs_of(session: Session, *, actor: Actor, source_id: UUID) -> list[CostRow]:
    """A source's cost entries, newest first."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select c.id, c.kind, c.amount_cents, c.starts_on, c.ends_on, c.note,
                  coalesce(u.full_name, 'System') as entered_by, c.entered_at
                from source_cost c left join user_account u on u.id = c.entered_by
                where c.source_id = :source order by c.id desc"""),
        {"source": source_id},
    )
    return [CostRow(**row) for row in rows.mappings()]
