"""Distribution, one niche's waiting leads at a time: claim their turns, commit; sell them, commit (docs/adr/0003)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import distribution
from core.kit import metrics, outbox
from core.kit.actor import SYSTEM
from core.kit.errors import HotleadsError
from core.kit.logs import logger
from core.kit.outbox import Job

AT_ONCE = 24


class LeaseRanOut(HotleadsError):
    """The batch took so long that part of it is somebody else's by now: it is rolled back as a whole."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The job's own run, ``None`` when its lead needs none, and the runs taken along with their jobs."""

    own: UUID | None
    others: tuple[tuple[Job, UUID], ...]


def claim(session: Session, job: Job, now: datetime) -> Batch:
    """Take along what waits for the same niche, and claim everybody's turn (SPEC 5.1).

    A lead that was withdrawn or sold out since needs no distribution: its job is done. A job that failed before
    goes alone: the leads it would take along had to wait for their leases to run out if it failed again.
    """
    lead_id = UUID(job.payload["lead_id"])
    most = AT_ONCE - 1 if job.attempts == 1 else 0
    beside = outbox.take_all(session, distribution.waiting_beside(session, lead_id=lead_id, most=most, now=now), now=now)
    jobs = {UUID(other.payload["lead_id"]): other for other in beside}
    turns = distribution.claim_turns(session, lead_ids=[lead_id, *jobs], actor=SYSTEM, now=now)
    runs = {turn.lead_id: turn.run_id for turn in turns}
    needless = [other for lead, other in jobs.items() if lead not in runs]
    outbox.finish_all(session, needless, now=now)
    if lead_id not in runs:
        logger().info("distribution.not_needed", job_id=str(job.id))
    return Batch(runs.get(lead_id), tuple((other, runs[lead]) for lead, other in jobs.items() if lead in runs))


def assign(session: Session, job: Job, batch: Batch, now: datetime) -> None:
    """Carry out the runs, the job's own first; what could not be carried out now goes back to the queue (SPEC 5.3).

    When one of them breaks, only the job's own is tried again here, so that each lead fails for itself alone.
    """
    wanted = [(job, batch.own)] if batch.own else []
    over = _carry_out(session, [*wanted, *batch.others], now)
    if over is None:
        over = _carry_out(session, wanted, now, alone=True) or set()
    done = [other for other, run_id in batch.others if run_id in over]
    if not outbox.finish_all(session, done, now=now):
        raise LeaseRanOut("job.lease_lost", "Another worker has taken one of the leads meanwhile.")
    outbox.give_back(session, [other for other, run_id in batch.others if run_id not in over])
    metrics.after_commit(session, metrics.JOBS.labels(kind=job.kind, outcome="done").inc, len(done))


def _carry_out(session: Session, wanted: list[tuple[Job, UUID]], now: datetime, *, alone: bool = False) -> set[UUID] | None:
    """Ids of the runs that are over, or ``None`` when one broke; alone, its error is the job's."""
    try:
        with session.begin_nested():
            runs = distribution.assign_all(
                session,
                run_ids=[run_id for _, run_id in wanted],
                actor=SYSTEM,
                now=now,
                correlations=[job.correlation_id for job, _ in wanted],
            )
            return {run.id for run in runs}
    except DBAPIError as error:
        if alone or len(wanted) == 1:
            raise
        logger().warning("distribution.batch_broken", leads=len(wanted), error=type(error.orig).__name__)
        return None
