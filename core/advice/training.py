"""Training that somebody asked for: one job per model, and how far it is (SPEC 10.5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.actor import STAFF, Actor

TRAINING = "model.train"


@dataclass(frozen=True, slots=True)
class Training:
    """The latest job of a model. ``state`` is that of its row: ready, taken, done or dead; ``made`` names the number of
    the version that came of it, ``None`` when none did; ``step`` and ``share`` (0 to 1) say how far it is."""

    model: str
    state: str
    asked_at: datetime
    finished_at: datetime | None
    made: int | None
    step: str = ""
    share: float = 0.0


def ask_training(session: Session, *, actor: Actor, model: str, now: datetime) -> bool:
    """Have a worker train a model; ``False`` when that is asked for already. For admins and scientists."""
    actor.require("admin", "scientist")
    return outbox.enqueue(session, TRAINING, key=model, payload={"model": model}, now=now, priority=8) is not None


def latest_training(session: Session, *, actor: Actor, model: str) -> Training | None:
    """How the latest training of a model stands, ``None`` when there was none; staff only."""
    actor.require(*STAFF)
    row = session.execute(
        text("""select o.key, o.state, o.created_at, o.finished_at,
                  (select max(v.number) from model_version v where v.model = o.key and v.created_at >= o.created_at) as made,
                  coalesce(o.progress ->> 'step', '') as step, coalesce((o.progress ->> 'share')::float8, 0) as share
                  from outbox o where o.kind = :kind and o.key = :model order by o.id desc limit 1"""),
        {"kind": TRAINING, "model": model},
    ).one_or_none()
    return Training(*row) if row else None
