"""The log of what models said, for drift, for comparing a challenger with the champion, and for anyone who asks why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import STAFF, Actor
from core.kit.ids import uuid7

_NOTE = text(
    "insert into prediction (id, lead_id, version_id, role, value, at) values (:id, :lead, :version, :role, :value, :now)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One prediction: of which lead, by which version, as champion or challenger, what, when."""

    id: UUID
    lead_id: UUID
    model: str
    number: int
    role: str
    value: float
    at: datetime


def note(session: Session, *, lead_id: UUID, version_id: UUID, role: str, value: float, now: datetime) -> None:
    """Write down what a version said of a lead."""
    row = {"id": uuid7(), "lead": lead_id, "version": version_id, "role": role, "value": value, "now": now}
    session.execute(_NOTE, row)


def log(session: Session, *, actor: Actor, model: str, before: UUID | None = None, most: int = 50) -> list[Said]:
    """The latest predictions of a model's versions, newest first, those before ``before``; staff only (SPEC 10.6)."""
    actor.require(*STAFF)
    rows = session.execute(
        text("""select p.id, p.lead_id, v.model, v.number, p.role, p.value, p.at
                  from prediction p join model_version v on v.id = p.version_id
                 where v.model = :model and (cast(:before as uuid) is null or p.id < :before)
                 order by p.id desc limit :most"""),
        {"model": model, "before": before, "most": most},
    )
    return [Said(*row) for row in rows]
