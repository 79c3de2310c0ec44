"""A run of every check over the data: asked for by a person or the clock, carried out by a job, kept with its findings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit.record import record
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.checks import Check
from core.kit.ids import uuid7
from core.kit.logs import logger

KIND = "verification"
_ASK = text("insert into verification (id, asked_by, asked_at) values (:id, :by, :now) on conflict do nothing returning id")
_UNDER_WAY = text("select id from verification where finished_at is null")


@dataclass(frozen=True, slots=True)
class VerificationView:
    """One run: how far it is while it runs (``done`` of ``total`` rows), what it found when it is over."""

    id: UUID
    asked_by: UUID
    asked_at: datetime
    step: str | None
    done: int
    total: int
    ok: bool | None
    checks: tuple[Check, ...]
    finished_at: datetime | None


def request_verification(session: Session, *, actor: Actor, now: datetime) -> UUID:
    """Have everything checked by a job; the id of the run that is under way when there is one (SPEC 13.8)."""
    actor.require("admin")
    wanted = uuid7()
    values = {"id": wanted, "by": actor.user_id, "now": now}
    while session.execute(_ASK, values).scalar_one_or_none() is None:
        running: UUID | None = session.execute(_UNDER_WAY).scalar_one_or_none()
        if running is not None:  # else it ended between the two looks, and this one may begin
            return running
    outbox.enqueue(session, KIND, key=str(wanted), now=now, job_id=wanted, max_attempts=3)
    record(session, actor, "verification.requested", entity_type=KIND, entity_id=wanted, now=now)
    return wanted


def begin_verification(session: Session, *, verification_id: UUID, total: int) -> None:
    """Say how many rows there are to look at."""
    values = {"id": verification_id, "total": total}
    session.execute(text("update verification set step = 'Sealed rows', done = 0, total = :total where id = :id"), values)


def note_progress(session: Session, *, verification_id: UUID, step: str, done: int) -> None:
    """Say what is being looked at, and how many rows are behind."""
    values = {"id": verification_id, "step": step, "done": done}
    session.execute(text("update verification set step = :step, done = :done where id = :id"), values)


def finish_verification(session: Session, *, verification_id: UUID, checks: Sequence[Check], now: datetime) -> None:
    """Keep what was found; anything wrong is an alert in the log, and the trail knows the outcome."""
    wrong = [check for check in checks if not check.ok]
    said = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    done = session.execute(
        text("""update verification set ok = :ok, checks = cast(:checks as jsonb), step = null, finished_at = :now
                where id = :id and finished_at is null returning id"""),
        {"id": verification_id, "ok": not wrong, "checks": json.dumps(said), "now": now},
    ).scalar_one_or_none()
    if done is None:
        return
    after = {"ok": not wrong, "checks": len(checks), "wrong": [check.name for check in wrong]}
    record(session, SYSTEM, "verification.finished", entity_type=KIND, entity_id=verification_id, now=now, after=after)
    for check in wrong:
        logger().error("alert.verification", check=check.name, detail=check.detail)


def latest_verifications(session: Session, *, actor: Actor, limit: int = 10) -> list[VerificationView]:
    """The newest runs first."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select id, asked_by, asked_at, step, done, total, ok, coalesce(checks, '[]') as checks, finished_at
                from verification order by id desc limit :limit"""),
        {"limit": min(max(limit, 1), 100)},
    )
    return [_view(row._mapping) for row in rows]


def _view(row: Any) -> VerificationView:
    checks = tuple(Check(said["name"], said["ok"], said["detail"]) for said in row["checks"])
    return VerificationView(**{**row, "checks": checks})
