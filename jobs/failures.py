"""What is written down of a try that failed, by the worker itself or, when it died over it, by its parent."""

import traceback
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import ops
from core.kit import metrics, outbox
from core.kit.clock import utc_now
from core.kit.db import engine, transaction
from core.kit.errors import HotleadsError
from core.kit.logs import logger
from core.kit.outbox import Job
from core.kit.words import without_contact
from jobs.handlers import Handler, handler_of
from jobs.last_job import Left


class WorkerDied(HotleadsError):
    """The process that was at a job was killed, or ended by itself, before the job was over."""


def record(job: Job, handler: Handler | None, error: Exception) -> outbox.Fate:
    """Note a failed try in the row, to be tried again or, when its tries are used up, as a dead letter."""
    with transaction() as session:
        return _note(session, job, handler, error, utc_now())


def record_death(left: Left, exit_code: int | None) -> bool:
    """Note the try that a worker left behind; ``False`` when it can't be done yet (the row is locked, the database away)."""
    error = WorkerDied("job.worker_died", f"The worker's process ended with code {exit_code} while it was at this job.")
    try:
        with transaction() as session:
            job = _found(session, left)
            if job is not None:
                fate = _note(session, job, _handler(job), error, utc_now())
                metrics.JOBS.labels(kind=job.kind, outcome="dead" if fate == "dead" else "failed").inc()
            return job is not None or not _open(session, left)
    except SQLAlchemyError as failure:
        logger().warning("job.death_not_noted", job_id=str(left.job_id), error=type(failure).__name__)
        return False
    finally:
        engine().dispose()  # the parent forks again, and has nothing else to ask


def _note(session: Session, job: Job, handler: Handler | None, error: Exception, now: datetime) -> outbox.Fate:
    trace = without_contact("".join(traceback.format_exception(error)))
    fate = outbox.fail(session, job, error=trace[-20_000:], now=now)
    if fate == "lost":
        return fate
    if handler is not None:
        handler.failed(session, job, error, fate == "dead", now)
    if fate == "dead":
        ops.bury(session, job=job, error=trace, now=now)
    logger().warning("job.failed", job_id=str(job.id), kind=job.kind, attempt=job.attempts, error=without_contact(repr(error)))
    return fate


def _found(session: Session, left: Left) -> Job | None:
    """The job as its worker had it, unless somebody is at it by now."""
    row = session.execute(
        text("""select kind, key, payload, sealed, max_attempts, correlation_id from outbox
                where id = :id and state in ('ready', 'taken') for update skip locked"""),
        {"id": left.job_id},
    ).one_or_none()
    if row is None:
        return None
    return Job(left.job_id, *row[:4], left.attempts, row.max_attempts, row.correlation_id, left.held)


def _open(session: Session, left: Left) -> bool:
    query = text("select exists (select from outbox where id = :id and state in ('ready', 'taken'))")
    return bool(session.execute(query, {"id": left.job_id}).scalar_one())


def _handler(job: Job) -> Handler | None:
    try:
        return handler_of(job.kind)
    except HotleadsError:
        return None
