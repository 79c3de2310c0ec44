"""Jobs that used up their tries: kept with payload and trace until a person retries or resolves them (SPEC 13.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.kit.errors import Conflict, HotleadsError, Invalid, NotFound
from core.kit.limits import counts_as_bulk
from core.kit.logs import logger
from core.kit.outbox import Job
from core.kit.words import without_contact
from core.ops.thresholds import threshold

COLUMNS = "id, kind, key, payload, error, attempts, max_attempts, correlation_id, created_at, finished_at as died_at"


class DeadLetterGone(Conflict):
    """The job is no dead letter any more: somebody retried or resolved it."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that gave up, with what it was asked to do and the trace of its last try."""

    id: UUID
    kind: str
    key: str
    payload: Json
    error: str | None
    attempts: int
    max_attempts: int
    correlation_id: str | None
    created_at: datetime
    died_at: datetime


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one letter of a bulk action."""

    job_id: UUID
    ok: bool
    message: str


def dead_letters(
    session: Session, *, actor: Actor, kind: str | None = None, before_id: UUID | None = None, limit: int = 50
) -> list[DeadLetter]:
    """Dead letters, newest first; ``before_id`` is the last one of the page before."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text(f"""select {COLUMNS} from outbox where state = 'dead' and (cast(:kind as text) is null or kind = :kind)
                 and (cast(:before as uuid) is null or id < :before) order by id desc limit :limit"""),  # noqa: S608 -- a constant
        {"kind": kind, "before": before_id, "limit": min(limit, 200)},
    )
    return [_letter(row._asdict()) for row in rows]


def dead_letter(session: Session, *, actor: Actor, job_id: UUID) -> DeadLetter:
    """One dead letter; raises ``DeadLetterGone`` when it was retried or resolved."""
    actor.require("admin", "analyst")
    return _read(session, job_id)


def retry_dead_letter(session: Session, *, actor: Actor, job_id: UUID, now: datetime) -> None:
    """Give a dead letter its tries again, from now; audited."""
    actor.require("admin")
    letter = _read(session, job_id, lock="for update")
    try:
        with session.begin_nested():
            session.execute(
                text("update outbox set state = 'ready', attempts = 0, run_at = :now, finished_at = null where id = :id"),
                {"id": job_id, "now": now},
            )
    except IntegrityError as error:
        raise Conflict("job.already_open", "The same job is waiting or running already. Resolve this one instead.") from error
    _record(session, actor, "job.retried", letter, now=now)


def resolve_dead_letter(session: Session, *, actor: Actor, job_id: UUID, memo: str, now: datetime) -> None:
    """Close a dead letter without running it; ``memo`` says why (at least 3 characters); audited."""
    actor.require("admin")
    letter = _read(session, job_id, lock="for update")
    if len(memo.strip()) < 3:
        sentence = "Say in a few words why it need not run."
        raise Invalid("job.memo", sentence, fields={"memo": sentence})
    session.execute(text("update outbox set state = 'done', sealed = null where id = :id"), {"id": job_id})
    _record(session, actor, "job.resolved", letter, now=now, memo=memo.strip())


@counts_as_bulk
def bulk_dead_letters(
    session: Session,
    *,
    actor: Actor,
    verb: Literal["retry", "resolve"],
    job_ids: Sequence[UUID],
    memo: str = "",
    now: datetime,
) -> list[BulkResult]:
    """Retry or resolve several, each for itself (SPEC 3.2); at most the bulk limit at once."""
    actor.require("admin")
    most = threshold(session, "review_bulk_limit")
    if len(job_ids) > most:
        raise Invalid("bulk.too_many", f"Choose at most {most} at once.")
    return [_one(session, actor, verb, job_id, memo, now) for job_id in job_ids]


def bury(session: Session, *, job: Job, error: str, now: datetime) -> None:
    """Tell that a job used up its tries: audit entry and an alert in the log (SPEC 5.6)."""
    after = {"kind": job.kind, "key": job.key, "attempts": job.attempts, "error": error[-500:]}
    audit.record(session, SYSTEM, "job.died", entity_type="job", entity_id=job.id, now=now, after=after)
    logger().error("alert.dead_letter", job_id=str(job.id), kind=job.kind, key=job.key)


def clean_queue(session: Session, *, now: datetime) -> int:
    """Delete finished jobs and dead letters older than the threshold (SPEC 13.1); returns how many."""
    before = now - timedelta(days=threshold(session, "dead_letter_days"))
    deleted = session.execute(
        text("""with gone as (delete from outbox where state in ('done', 'dead') and finished_at < :before returning state)
                select count(*) as jobs, count(*) filter (where state = 'dead') as dead from gone"""),
        {"before": before},
    ).one()
    if deleted.dead:
        after = {"jobs": deleted.jobs, "dead_letters": deleted.dead}
        audit.record(session, SYSTEM, "queue.cleaned", entity_type="queue", entity_id=None, now=now, after=after)
    return int(deleted.jobs)


def _read(session: Session, job_id: UUID, *, lock: str = "") -> DeadLetter:
    query = text(f"select {COLUMNS}, state from outbox where id = :id {lock}")  # noqa: S608 -- constants
    row = session.execute(query, {"id": job_id}).one_or_none()
    if row is None:
        raise NotFound("job.unknown", "There is no such job.")
    if row.state != "dead":
        raise DeadLetterGone("job.not_dead", "This job is no dead letter any more: it was retried or resolved.")
    return _letter({name: value for name, value in row._asdict().items() if name != "state"})


def _letter(row: Mapping[str, Any]) -> DeadLetter:
    """A letter as people may read it: no row holds contact data in the open, and should one ever do, it is taken out here."""
    known = {"key": without_contact(row["key"]), "error": without_contact(row["error"] or ""), "payload": _plain(row["payload"])}
    return DeadLetter(**{**row, **known})


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return without_contact(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _one(session: Session, actor: Actor, verb: str, job_id: UUID, memo: str, now: datetime) -> BulkResult:
    try:
        with session.begin_nested():
            if verb == "retry":
                retry_dead_letter(session, actor=actor, job_id=job_id, now=now)
            else:
                resolve_dead_letter(session, actor=actor, job_id=job_id, memo=memo, now=now)
    except HotleadsError as error:
        return BulkResult(job_id, False, error.message)
    return BulkResult(job_id, True, "Runs again." if verb == "retry" else "Resolved.")


def _record(session: Session, actor: Actor, action: str, letter: DeadLetter, *, now: datetime, memo: str | None = None) -> None:
    about = {"kind": letter.kind, "key": letter.key, "attempts": letter.attempts}
    audit.record(session, actor, action, entity_type="job", entity_id=letter.id, now=now, before=about, memo=memo)
