"""Run a notebook that somebody asked for: in a kernel of its own, told cell by cell, kept as a page (SPEC 10.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core import advice
from core.advice.notebooks import JOB, NotebookRun
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from core.kit.outbox import Job
from core.reports import exports
from jobs.pulse import Pulse
from ml import notebooks, tracking

KIND = JOB
LOST = "Something went wrong on our side while it ran. Ask for it again; Operations has the details."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run: where its page lies, its run in MLflow, and why it ended early."""

    file: str
    mlflow_run: str | None
    error: str | None


def begin(session: Session, job: Job, now: datetime) -> tuple[Job, NotebookRun | None]:
    """Take the run up; ``None`` when it is over already."""
    return job, advice.notebooks.begin(session, run_id=UUID(job.payload["run_id"]), now=now)


def carry_out(work: tuple[Job, NotebookRun | None], _now: datetime) -> Ended | None:
    """Run it, telling each cell, and keep its page."""
    job, run = work
    if run is None:
        return None
    book = notebooks.book(run.notebook)
    logged = _open_run(run)
    with Pulse(job) as pulse:

        def tell(done: int, step: str) -> None:
            with transaction() as session:
                advice.notebooks.tell(session, run_id=run.id, done=done, step=step)
            pulse.tell({"step": step, "done": done, "total": run.cells_total})

        def stopped() -> bool:
            with transaction() as session:
                return advice.notebooks.stopped(session, run_id=run.id)

        within = {tracking.INSIDE: logged} if logged else {}
        result = notebooks.carry_out(book, run.parameters, tell=tell, stopped=stopped, within=within)
    _close_run(logged, failed=result.error is not None)
    file = f"notebooks/{run.id}/{job.attempts}.html"
    with exports.store().create(file) as sink:
        sink.write(result.page)
    return Ended(file, logged, result.error)


def end(session: Session, job: Job, ended: Ended | None, now: datetime) -> None:
    """Offer the page."""
    if ended is not None:
        advice.notebooks.end(
            session, run_id=UUID(job.payload["run_id"]), file=ended.file, mlflow_run=ended.mlflow_run, error=ended.error, now=now
        )


def sweep(session: Session, *, now: datetime) -> int:
    """Delete pages that were kept for their time; returns how many."""
    gone = advice.notebooks.expire(session, now=now)
    for run_id in gone:
        exports.store().remove(f"notebooks/{run_id}")
    return len(gone)


def note_failure(session: Session, job: Job, error: Exception, final: bool, now: datetime) -> None:
    """After the last try, or when there is nothing to try again, tell who asked."""
    if final:
        said = error.message if isinstance(error, HotleadsError) else LOST
        advice.notebooks.end(session, run_id=UUID(job.payload["run_id"]), file=None, mlflow_run=None, error=said, now=now)


def _open_run(run: NotebookRun) -> str | None:
    """Its run in MLflow; a server that is away costs the entry, not the notebook."""
    try:
        tags = {"notebook": run.notebook, "notebook_run": str(run.id)}
        return tracking.begin_run("notebooks", name=run.title, parameters=run.parameters, tags=tags)
    except Exception as error:
        _log.warning("notebook.not_logged", run_id=str(run.id), error=type(error).__name__)
        return None


def _close_run(logged: str | None, *, failed: bool) -> None:
    if logged is not None:
        try:
            tracking.end_run(logged, failed=failed)
        except Exception as error:
            _log.warning("notebook.not_logged", run=logged, error=type(error).__name__)
