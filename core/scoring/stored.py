"""Scores as rows: kept with their version, read by everyone, computed by jobs only (SPEC 10.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.kit.ids import uuid7
from core.scoring.models import Score
from core.scoring.signals import Reason, Scored

Kind = Literal["fraud", "quality"]
_INSERT = insert(Score.__table__)  # type: ignore[arg-type]  # a mapped class's table is always a Table


@dataclass(frozen=True, slots=True)
class StoredScore:
    """The newest score of one kind."""

    kind: Kind
    value: float
    reasons: tuple[Reason, ...]
    version: str
    computed_at: datetime


def store(session: Session, *, lead_id: UUID, kind: Kind, scored: Scored, now: datetime) -> None:
    """Add a score; older ones stay, so that a change of rules can be told from a change of the lead."""
    row = {
        "id": uuid7(),
        "lead_id": lead_id,
        "kind": kind,
        "value": scored.value,
        "reasons": [reason.as_json() for reason in scored.reasons],
        "version": scored.version,
        "computed_at": now,
    }
    session.execute(_INSERT, row)


def latest(session: Session, lead_id: UUID) -> dict[Kind, StoredScore]:
    """The newest score of each kind, empty for a lead that was never scored."""
    rows = session.execute(
        text("""select distinct on (kind) kind, value, reasons, version, computed_at from score
                where lead_id = :lead order by kind, id desc"""),
        {"lead": lead_id},
    )
    return {
        row.kind: StoredScore(row.kind, float(row.value), tuple(Reason(**r) for r in row.reasons), row.version, row.computed_at)
        for row in rows
    }
