"""Runs: one walk through a source and its progress; when to come again is ``rhythm.py``'s (SPEC 8.1, 13.1).

Whoever walks holds the source alone (``jobs/ingest.py``), so a run that is found open belongs to a worker that died.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.kit.ids import uuid7
from core.sourcing import permission, sources
from core.sourcing.errors import SourcePaused
from core.sourcing.models import Source, SourceRun
from core.sourcing.permission import Uses

Cause = Literal["schedule", "person", "push", "upload", "replay"]
WALKS = ("schedule", "person")


@dataclass(frozen=True, slots=True)
class Walk:
    """What a run needs to know: how to reach the source, where to go on, what may be done with what it brings."""

    run_id: UUID
    source_id: UUID
    slug: str
    kind: str
    niche_id: UUID | None
    settings: Json
    reading: Json
    secrets: dict[str, str]
    cursor: Json | None
    uses: Uses


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What became of a batch: every record is counted in exactly one of them, and in ``fetched``."""

    fetched: int = 0
    fresh: int = 0
    changed: int = 0
    duplicates: int = 0
    in_review: int = 0
    unchanged: int = 0
    kept: int = 0
    quarantined: int = 0
    withdrawn: int = 0


_TODAY = text("""
select id from source_run where source_id = :source and cause = 'push' and job_id is null
  and started_at >= date_trunc('day', cast(:now as timestamptz), 'UTC') order by id desc limit 1""")
# Two that are the day's first at once share one run; nobody who holds a lead comes to wait here.
_FIRST_OF_DAY = text("select pg_advisory_xact_lock(hashtextextended('source day:' || cast(:source as text), 0))")
# Files whose sender waited: nobody goes on with one that broke off, it is sent again. What a job takes in has its lease.
_LOST = text("""
update source_run r set state = 'abandoned', finished_at = :now, error = 'It broke off. Send the file again.'
where r.source_id = :source and r.cause = 'upload' and r.state = 'running' and r.seen_at < cast(:now as timestamptz) - :silent
  and not exists (select from outbox o where o.id = r.job_id and o.state in ('ready', 'taken'))""")
SILENT = timedelta(minutes=15)
_COUNTED = tuple(RunCounts.__dataclass_fields__)
_ADVANCE = text(
    f"update source_run set seen_at = :now, {', '.join(f'{name} = {name} + :{name}' for name in _COUNTED)} where id = :run"  # noqa: S608
)


def begin_run(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID,
    cause: Cause,
    now: datetime,
    expected: int | None = None,
    job_id: UUID | None = None,
) -> Walk:
    """Start a run, or go on with the one that the same job began before its worker died.

    Raises ``SourceNotPermitted`` without a permission in force, ``SourcePaused`` while the source is switched off or,
    when nobody asked by hand, rests after failures.
    """
    actor.require("admin")
    # What comes beside the walks goes on to change leads, which are locked before the source's row: it reads that row only.
    source = (sources.find_source if cause in ("push", "replay") else sources.lock_source)(session, source_id)
    uses = permission.require_permission(session, source_id, now=now)
    check_awake(source, cause, now=now)
    if cause == "upload":
        session.execute(_LOST, {"source": source_id, "now": now, "silent": SILENT})
    resume = _left_behind if cause in WALKS else _begun_by
    run_id = resume(session, source_id, job_id, now=now)
    if run_id is None:
        run = SourceRun(
            id=uuid7(), source_id=source_id, cause=cause, asked_by=actor.user_id, job_id=job_id, started_at=now, seen_at=now,
            expected=expected,
        )  # fmt: skip
        session.add(run)
        session.flush()
        run_id = run.id
    return _walk(source, run_id, uses)


def _walk(source: Source, run_id: UUID, uses: Uses) -> Walk:
    return Walk(
        run_id, source.id, source.slug, source.kind, source.niche_id, source.settings, source.reading, sources.secrets_of(source),
        source.cursor, uses,
    )  # fmt: skip


def advance(
    session: Session,
    *,
    run_id: UUID,
    source_id: UUID,
    counts: RunCounts,
    cursor: Json | None,
    newest: datetime | None,
    now: datetime,
) -> None:
    """Count a batch and move the cursor, in the batch's own transaction: a kill in between repeats or loses nothing.

    Everybody takes the source's row before those of its runs.
    """
    session.execute(
        text("""update source set cursor = coalesce(cast(:cursor as jsonb), cursor), updated_at = :now,
                  last_record_at = greatest(last_record_at, :newest) where id = :source"""),
        {"cursor": json.dumps(cursor) if cursor is not None else None, "newest": newest, "source": source_id, "now": now},
    )
    session.execute(_ADVANCE, {"run": run_id, "now": now} | {name: getattr(counts, name) for name in _COUNTED})


def begin_aside(session: Session, *, source_id: UUID, now: datetime) -> Walk:
    """The run that counts what a source pushes on a day (UTC). Raises as ``begin_run``."""
    source = sources.find_source(session, source_id)
    today = session.execute(_TODAY, {"source": source_id, "now": now}).scalar_one_or_none()
    if today is None:
        session.execute(_FIRST_OF_DAY, {"source": source_id})
        today = session.execute(_TODAY, {"source": source_id, "now": now}).scalar_one_or_none()
    if today is None:
        walk = begin_run(session, actor=SYSTEM, source_id=source_id, cause="push", now=now)
        end_aside(session, run_id=walk.run_id, now=now)
        return walk
    check_awake(source, "push", now=now)
    return _walk(source, today, permission.require_permission(session, source_id, now=now))


def end_aside(session: Session, *, run_id: UUID, error: str | None = None, now: datetime) -> None:
    """What came beside the walks (pushed, uploaded, replayed) is done, or broke off with an ``error`` for people; it says
    nothing about when to come again."""
    close(session, session.get_one(SourceRun, run_id, populate_existing=True), "failed" if error else "done", error, now=now)


def check_awake(source: Source, cause: Cause, *, now: datetime) -> None:
    """Raise ``SourcePaused`` while the source is switched off or, when nobody asked by hand, rests after failures."""
    if source.status != "active":
        raise SourcePaused(f"This source is {source.status}. Wake it on its page first.")
    if cause == "schedule" and source.paused_until and source.paused_until > now:
        raise SourcePaused("This source rests after failures in a row.")


def _left_behind(session: Session, source_id: UUID, job_id: UUID | None, *, now: datetime) -> UUID | None:
    """The run to go on with: the job's own one. Another one that is open lost its worker and is closed."""
    open_run: Any = session.execute(
        text(
            """select id, job_id from source_run
                where source_id = :source and state = 'running' and cause in ('schedule', 'person')"""
        ),
        {"source": source_id},
    ).one_or_none()
    if open_run is None:
        return None
    if job_id is not None and open_run.job_id == job_id:
        found: UUID = open_run.id
        return found
    run = session.get_one(SourceRun, open_run.id, populate_existing=True)
    close(session, run, "abandoned", "Its worker stopped; the next run went on from here.", now=now)
    return None


def _begun_by(session: Session, source_id: UUID, job_id: UUID | None, *, now: datetime) -> UUID | None:
    """The run beside the walks that the same job began before its worker died."""
    if job_id is None:
        return None
    begun = select(SourceRun.id).where(SourceRun.source_id == source_id, SourceRun.job_id == job_id, SourceRun.state == "running")
    return session.scalar(begun)


def close(session: Session, run: SourceRun, state: str, error: str | None, *, now: datetime) -> None:
    """End a run; ``error`` is a sentence for people without contact data."""
    run.state, run.error, run.finished_at, run.seen_at = state, error[:2000] if error else None, now, now
    session.flush()
