"""The one task: carry one outbox row through, exactly once inside the database (docs/adr/0002)."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit import metrics, outbox, outbox_due, tracing
from core.kit.clock import utc_now
from core.kit.db import reading, transaction
from core.kit.errors import HotleadsError
from core.kit.logs import correlation_id
from core.kit.outbox import Job
from jobs import aside, failures, last_job
from jobs.handlers import Handler, handler_of
from jobs.presence import presence

Outcome = Literal["done", "failed", "dead", "lost", "not_due", "aside"]


class LeaseLost(HotleadsError):
    """Another worker has the row by now: its work counts, ours is rolled back."""


def work(row_id: str) -> Outcome:
    """Do the job of one row if it is due and nobody has it; a failure is recorded in the row, not raised.

    ``aside``: the rest of it is being done in a thread of this process. ``not_due``, too, when all of those are taken.
    """
    attempt = _Attempt(UUID(row_id))
    try:
        return _outcome(attempt, attempt.begin)
    finally:
        presence.end()
        last_job.end()
        correlation_id.set(None)


def _outcome(attempt: "_Attempt", step: Callable[[], Outcome]) -> Outcome:
    """What a step of an attempt came to, written down and counted."""
    try:
        with attempt.trace:
            outcome = step()
    except LeaseLost:
        outcome = "lost"
    except Exception as error:
        if attempt.job is None:
            raise  # not even the row could be read; the relay pushes it again
        fate = failures.record(attempt.job, attempt.handler, error)
        outcome = "failed" if fate == "ready" else fate
    if attempt.job is not None and outcome != "aside":
        metrics.JOBS.labels(kind=attempt.job.kind, outcome=outcome).inc()
    return outcome


class _Attempt:
    """One try at one row; ``job`` is what a failure has to be written to."""

    def __init__(self, row_id: UUID) -> None:
        self.row_id = row_id
        self.job: Job | None = None
        self.handler: Handler | None = None
        self.trace = ExitStack()

    def begin(self) -> Outcome:
        """One transaction for work inside the database; two around work outside it."""
        with reading() as session:
            if not outbox_due.is_due(session, self.row_id, now=utc_now()):
                return "not_due"
        with ExitStack() as kept:
            with transaction() as session:
                self.job = job = outbox.hold(session, self.row_id, now=utc_now())
                if job is None:
                    return "not_due"
                correlation_id.set(job.correlation_id)
                presence.begin(job)
                last_job.begin(job)
                self._traced(job)
                self.handler = handler = handler_of(job.kind)
                if job.attempts > job.max_attempts:
                    raise failures.WorkerDied("job.worker_died", "Each try took its worker along; the last ones left no word.")
                if handler.first is None:
                    _conclude(session, handler, job, None)
                    return "done"
                threads = aside.own(handler.aside) if handler.aside else None
                if threads is not None and not threads.enter():
                    return "not_due"
                if threads is not None:
                    kept.callback(threads.leave)
                leased = outbox.take(session, self.row_id, now=utc_now())
                assert leased is not None, "the row is locked by this transaction"
                prepared = handler.first(session, leased, utc_now())
            self.job = leased
            last_job.begin(leased)
            if threads is None:
                return self._end(handler, leased, prepared)
            kept.pop_all()  # the thread itself leaves
            self.trace = ExitStack()
            threads.finish(partial(_outcome, self, partial(self._end_aside, handler, leased, prepared)))
            return "aside"

    def _end(self, handler: Handler, leased: Job, prepared: object) -> Outcome:
        """What is done outside, and the second transaction."""
        result = handler.outside(prepared, utc_now()) if handler.outside else prepared
        with transaction() as session:
            _conclude(session, handler, leased, result)
        return "done"

    def _end_aside(self, handler: Handler, leased: Job, prepared: object) -> Outcome:
        self._traced(leased)
        return self._end(handler, leased, prepared)

    def _traced(self, job: Job) -> None:
        about: dict[str, str | int] = {"hotleads.job.id": str(job.id), "hotleads.job.attempt": job.attempts}
        self.trace.enter_context(tracing.span(f"job {job.kind}", **about))


def _conclude(session: Session, handler: Handler, job: Job, result: object) -> None:
    """The handler's last step and the mark that it is done, together or not at all."""
    handler.inside(session, job, result, utc_now())
    if not outbox.finish(session, job, now=utc_now()):
        raise LeaseLost("job.lease_lost", "The lease ran out and another worker took the job.")
