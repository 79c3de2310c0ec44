"""Notebooks run from the app: asked for, followed cell by cell, ended in a page to read or in words (SPEC 10.5).

What notebooks there are and how one is run is known to ``ml``; here stands who asked for what, and what came of it.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.advice.errors import NotebookRunOver, NotebookRunUnknown, TooManyNotebooks
from core.kit import outbox
from core.kit.actor import STAFF, SYSTEM, Actor
from core.kit.db import Json
from core.kit.ids import uuid7

JOB = "notebook.run"
AT_ONCE = 3  # runs of one person that wait or go on
TRIES = 2  # one more when a worker was stopped in the midst of it
EXPIRE_AT_ONCE = 100
CUT_SHORT = (
    "The worker that ran it was stopped before the end, and again when it began anew: by a restart, or for want of memory. "
    "Ask for it again, with a smaller history if it was large."
)
State = Literal["queued", "running", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """One run: ``cells_done`` of ``cells_total``; ``step`` is the heading it works on; ``error`` says why it failed.

    ``file`` is the rendered page in the store of files, of a failed or stopped run as far as it got, until ``expired_at``."""

    id: UUID
    notebook: str
    title: str
    parameters: Json
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    state: State
    step: str
    cells_done: int
    cells_total: int
    file: str | None
    mlflow_run: str | None
    error: str | None
    finished_at: datetime | None
    expired_at: datetime | None


_SELECT = """select r.id, r.notebook, r.title, r.parameters, r.asked_by, coalesce(nullif(u.full_name, ''), u.email) as name,
  r.asked_at, r.state, r.step, r.cells_done, r.cells_total, r.file, r.mlflow_run, r.error, r.finished_at, r.expired_at
  from notebook_run r join user_account u on u.id = r.asked_by"""


def request(
    session: Session, *, actor: Actor, notebook: str, title: str, parameters: Json, cells: int, now: datetime
) -> NotebookRun:
    """Have a worker run a notebook; for admins and scientists. Raises ``TooManyNotebooks`` at three open runs a person."""
    actor.require("admin", "scientist")
    _check_open(session, actor)
    run = uuid7()
    session.execute(
        text("""insert into notebook_run (id, notebook, title, parameters, asked_by, asked_at, cells_total)
                values (:id, :notebook, :title, cast(:parameters as jsonb), :by, :now, :cells)"""),
        {
            "id": run, "notebook": notebook, "title": title, "parameters": json.dumps(parameters), "by": actor.user_id,
            "now": now, "cells": cells,
        },
    )  # fmt: skip
    after = {"notebook": notebook, "parameters": parameters}
    audit.record(session, actor, "notebook.asked", entity_type="notebook_run", entity_id=run, after=after, now=now)
    outbox.enqueue(session, JOB, key=str(run), payload={"run_id": str(run)}, now=now, priority=8, max_attempts=TRIES)
    return _one(session, run)


def begin(session: Session, *, run_id: UUID, now: datetime) -> NotebookRun | None:
    """Take a run up; ``None`` when it is over, its asker may no longer have it, or it was cut short twice."""
    row = session.execute(
        text("""select r.state, r.tries, u.status = 'active' and u.role in ('admin', 'scientist', 'system') as may
                  from notebook_run r join user_account u on u.id = r.asked_by where r.id = :id for update of r"""),
        {"id": run_id},
    ).one()
    if row.state not in ("queued", "running"):
        return None
    if not row.may or row.tries >= TRIES:
        why = CUT_SHORT if row.may else "The account that asked for it may no longer run notebooks."
        end(session, run_id=run_id, file=None, mlflow_run=None, error=why, now=now)
        return None
    session.execute(
        text("update notebook_run set state = 'running', tries = tries + 1, cells_done = 0, step = '' where id = :id"),
        {"id": run_id},
    )
    return _one(session, run_id)


def tell(session: Session, *, run_id: UUID, done: int, step: str) -> None:
    """How far a run is: cells that are over, and the heading it works on."""
    session.execute(
        text("update notebook_run set cells_done = least(:done, cells_total), step = :step where id = :id and state = 'running'"),
        {"id": run_id, "done": done, "step": step[:200]},
    )


def end(session: Session, *, run_id: UUID, file: str | None, mlflow_run: str | None, error: str | None, now: datetime) -> None:
    """A run is over: with a page to read, or ``error`` in words and the page as far as it got. One that was stopped stays so,
    and its page is kept beside."""
    kept = {"id": run_id, "file": file, "mlflow": mlflow_run}
    session.execute(
        text(
            """update notebook_run set file = :file, mlflow_run = :mlflow
                where id = :id and state = 'stopped' and expired_at is null"""
        ),
        kept,
    )
    ended = session.execute(
        text("""update notebook_run set state = case when cast(:error as text) is null then 'done' else 'failed' end,
                  error = :error, file = :file, mlflow_run = :mlflow, finished_at = :now,
                  cells_done = case when cast(:error as text) is null then cells_total else cells_done end
                where id = :id and state in ('queued', 'running') returning id"""),
        kept | {"error": error, "now": now},
    ).one_or_none()
    if ended is not None:
        action = "notebook.failed" if error else "notebook.done"
        audit.record(session, SYSTEM, action, entity_type="notebook_run", entity_id=run_id, after={"error": error}, now=now)


def stop(session: Session, *, actor: Actor, run_id: UUID, now: datetime) -> NotebookRun:
    """End a run before its end, for who asked for it and for admins: its kernel is ended within seconds, and what it said
    by then is kept. Raises ``NotebookRunUnknown``, ``NotebookRunOver`` and ``Forbidden``."""
    actor.require("admin", "scientist")
    row = session.execute(
        text("select state, asked_by from notebook_run where id = :id for update"), {"id": run_id}
    ).one_or_none()
    if row is None:
        raise NotebookRunUnknown
    if row.asked_by != actor.user_id:
        actor.require("admin")
    if row.state not in ("queued", "running"):
        raise NotebookRunOver
    session.execute(
        text("update notebook_run set state = 'stopped', finished_at = :now where id = :id"), {"id": run_id, "now": now}
    )
    audit.record(session, actor, "notebook.stopped", entity_type="notebook_run", entity_id=run_id, now=now)
    return _one(session, run_id)


def stopped(session: Session, *, run_id: UUID) -> bool:
    """Whether somebody has stopped a run: asked by the worker that has it."""
    found = session.execute(text("select state = 'stopped' from notebook_run where id = :id"), {"id": run_id})
    return bool(found.scalar_one_or_none())


def expire(session: Session, *, now: datetime) -> list[UUID]:
    """Let go of pages older than the threshold ``notebook_days``, 100 at most; returns the runs whose files are to be deleted.

    That a run was, with which parameters and by whom, is kept; so is its run in MLflow."""
    before = now - timedelta(days=ops.threshold(session, "notebook_days"))
    rows = session.scalars(
        text("""update notebook_run set file = null, expired_at = :now where id in (
                  select id from notebook_run where file is not null and finished_at <= :before
                   order by finished_at limit :most for update skip locked) returning id"""),
        {"now": now, "before": before, "most": EXPIRE_AT_ONCE},
    ).all()
    for run_id in rows:
        audit.record(session, SYSTEM, "notebook.expired", entity_type="notebook_run", entity_id=run_id, now=now)
    return list(rows)


def runs(
    session: Session, *, actor: Actor, notebook: str | None = None, before: UUID | None = None, most: int = 20
) -> list[NotebookRun]:
    """Runs of everybody, newest first, those before ``before``; staff only."""
    actor.require(*STAFF)
    rows = session.execute(
        text(f"""{_SELECT} where (cast(:notebook as text) is null or r.notebook = :notebook)
                   and (cast(:before as uuid) is null or r.id < :before) order by r.id desc limit :most"""),
        {"notebook": notebook, "before": before, "most": most},
    )
    return [NotebookRun(*row) for row in rows]


def run(session: Session, *, actor: Actor, run_id: UUID) -> NotebookRun:
    """One run; staff only. Raises ``NotebookRunUnknown``."""
    actor.require(*STAFF)
    return _one(session, run_id)


def _check_open(session: Session, actor: Actor) -> None:
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('notebooks:' || :who, 0))"), {"who": str(actor.user_id)})
    waiting = session.execute(
        text("select count(*) from notebook_run where asked_by = :who and state in ('queued', 'running')"),
        {"who": actor.user_id},
    ).scalar_one()
    if waiting >= AT_ONCE:
        raise TooManyNotebooks(AT_ONCE)


def _one(session: Session, run_id: UUID) -> NotebookRun:
    row = session.execute(text(f"{_SELECT} where r.id = :id"), {"id": run_id}).one_or_none()
    if row is None:
        raise NotebookRunUnknown
    return NotebookRun(*row)
