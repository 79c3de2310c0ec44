"""When a source is walked through: by its rhythm, when asked, later after failures (SPEC 8.1)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.outbox_clock import AHEAD
from core.sourcing import permission, sources
from core.sourcing.errors import SourceBusy
from core.sourcing.models import SourceRun
from core.sourcing.runs import check_awake, close

JOB = "source.run"
BREAK_AFTER = 5  # failures in a row open the circuit breaker
LONGEST_REST = timedelta(hours=6)
_CALL_BACK = text("""
update source set next_run_at = :now, updated_at = :now, paused_until = case when paused_until <= :now then paused_until end
where status = 'active' and next_run_at > :now and updated_at > :ahead""")


def finish_run(session: Session, *, run_id: UUID, now: datetime) -> None:
    """A run came to its end: the source is well, and comes again when its rhythm says so."""
    run = session.get_one(SourceRun, run_id, populate_existing=True)
    source = sources.lock_source(session, run.source_id)
    close(session, run, "done", None, now=now)
    source.failures, source.paused_until, source.last_error, source.last_ok_at = 0, None, None, now
    source.next_run_at = now + timedelta(minutes=source.every_minutes) if source.every_minutes else None
    source.updated_at = now
    session.flush()


def fail_run(session: Session, *, run_id: UUID, error: str, retry_after_s: int | None = None, now: datetime) -> datetime:
    """A run broke off; returns when to try again: later each time, and after five failures in a row not by itself before then.

    ``error`` is a sentence for people without contact data.
    """
    run = session.get_one(SourceRun, run_id, populate_existing=True)
    source = sources.lock_source(session, run.source_id)
    close(session, run, "failed", error, now=now)
    source.failures, source.last_error = source.failures + 1, error[:2000]
    again = now + max(_rest(source.failures), timedelta(seconds=retry_after_s or 0))
    source.next_run_at = again if source.every_minutes else None
    if source.failures >= BREAK_AFTER:
        if source.paused_until is None:
            audit.record(
                session, SYSTEM, "source.breaker_opened", entity_type="source", entity_id=source.id, now=now,
                after={"failures": source.failures, "until": again.isoformat()},
            )  # fmt: skip
        source.paused_until = again
    source.updated_at = now
    session.flush()
    return again


def request_run(session: Session, *, actor: Actor, source_id: UUID, now: datetime) -> UUID:
    """Have a worker walk through a source now; returns the job.

    Raises ``SourceNotPermitted``, ``SourcePaused``, ``SourceBusy``.
    """
    actor.require("admin")
    source = sources.find_source(session, source_id)
    permission.require_permission(session, source_id, now=now)
    check_awake(source, "person", now=now)
    payload = {"source_id": str(source_id), "cause": "person", "asked_by": str(actor.user_id)}
    job_id = outbox.enqueue(session, JOB, key=str(source_id), now=now, payload=payload, priority=6, max_attempts=1)
    if job_id is None:
        raise SourceBusy
    audit.record(session, actor, "source.run_asked", entity_type="source", entity_id=source_id, now=now)
    return job_id


def enqueue_due(session: Session, *, now: datetime) -> int:
    """Queue a run of every source whose time has come and that may be used; returns how many.

    What a clock that was ahead has put off is due now (docs/adr/0033).
    """
    session.execute(_CALL_BACK, {"now": now, "ahead": now + AHEAD})
    due = session.execute(
        text("""select s.id from source s where s.status = 'active' and s.next_run_at <= :now
                  and (s.paused_until is null or s.paused_until <= :now) and (live_permission(s.id, :now)).id is not null
                order by s.next_run_at for no key update skip locked"""),
        {"now": now},
    ).scalars()
    queued = 0
    for source_id in due.all():
        payload = {"source_id": str(source_id), "cause": "schedule"}
        job = outbox.enqueue(session, JOB, key=str(source_id), now=now, payload=payload, priority=7, max_attempts=1)
        session.execute(
            text("""update source set next_run_at = :now + make_interval(mins => every_minutes), updated_at = :now
                    where id = :source"""),
            {"now": now, "source": source_id},
        )
        queued += job is not None
    return queued


def _rest(failures: int) -> timedelta:
    """1, 2, 4, 8 ... minutes, six hours at most."""
    return min(timedelta(minutes=2 ** min(failures - 1, 12)), LONGEST_REST)
