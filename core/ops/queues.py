"""What waits, what runs and what failed: read from the outbox itself, not from the broker (SPEC 13.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.words import without_contact

FAILED_WITHIN = timedelta(hours=1)
MOST = 200
Result = Literal["done", "failed", "waiting", "running"]


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """One kind of job: due now, planned for later, running, failed in the last hour, dead."""

    kind: str
    due: int
    later: int
    running: int
    failed_last_hour: int
    dead: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A job whose latest try failed within the last hour, and where it stands: waiting for another, dead, or done since."""

    id: UUID
    kind: str
    key: str
    state: Literal["ready", "taken", "dead", "done"]
    attempts: int
    max_attempts: int
    failed_at: datetime
    run_at: datetime
    error: str | None
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A scheduled job: its latest run that is over and what came of it, whether one is open, and when the next is due."""

    name: str
    result: Result
    last_run_at: datetime | None
    next_run_at: datetime | None
    error: str | None


# Each part is an index of its own; together they never look at what is done and well.
_DEPTHS = text("""
    select kind,
      count(*) filter (where part = 'open' and state = 'ready' and run_at <= :now) as due,
      count(*) filter (where part = 'open' and state = 'ready' and run_at > :now) as later,
      count(*) filter (where part = 'open' and state = 'taken') as running,
      count(*) filter (where part = 'failed') as failed_last_hour,
      count(*) filter (where part = 'dead') as dead,
      min(waiting_since(id, run_at)) filter (where part = 'open' and state = 'ready' and run_at <= :now) as oldest_due_at
    from (select 'open' as part, kind, state, run_at, id from outbox where state in ('ready', 'taken')
          union all select 'dead', kind, state, run_at, id from outbox where state = 'dead'
          union all select 'failed', kind, state, run_at, id from outbox where failed_at > :since) job
    group by kind order by kind""")

_FAILURES = text("""
    select id, kind, key, state, attempts, max_attempts, failed_at, run_at, error, correlation_id
    from outbox where failed_at > :since order by failed_at desc, id desc limit :limit""")

# From name to name by the index, since a job that runs every ten seconds has very many rows.
_SCHEDULES = text("""
    with recursive kinds as (
      (select kind from outbox where kind like 'schedule.%' order by kind limit 1)
      union all
      select (select o.kind from outbox o where o.kind like 'schedule.%' and o.kind > kinds.kind order by o.kind limit 1)
      from kinds where kinds.kind is not null)
    select substr(kinds.kind, 10) as name, newest.state, newest.attempts, newest.error,
           coalesce((newest.payload->>'every_s')::int, 0) as every_s, (newest.payload->>'slot')::timestamptz as slot,
           over.state as last_state, over.finished_at as last_run_at, over.error as last_error
    from kinds
    cross join lateral (select state, attempts, error, payload from outbox o
                        where o.kind = kinds.kind and o.kind like 'schedule.%' order by id desc limit 1) newest
    left join lateral (select state, finished_at, error from outbox o
                       where o.kind = kinds.kind and o.kind like 'schedule.%' and o.state in ('done', 'dead')
                       order by id desc limit 1) over on true
    where kinds.kind is not null order by kinds.kind""")


def history_is_loading(session: Session) -> bool:
    """True while the demo market's past is still being written: what goes by the calendar waits for its end."""
    return bool(session.execute(text("select exists (select from demo_load where done < total)")).scalar_one())


def queue_depths(session: Session, *, now: datetime) -> list[QueueDepth]:
    """Figures per kind of job, by name; kinds with nothing open, failed or dead are left out."""
    rows = session.execute(_DEPTHS, {"now": now, "since": now - FAILED_WITHIN})
    return [QueueDepth(**row._mapping) for row in rows]


def recent_failures(session: Session, *, actor: Actor, now: datetime, limit: int = 50) -> list[Failure]:
    """Jobs that failed within the last hour, newest first, those that worked at a later try included (SPEC 13.2)."""
    actor.require("admin", "analyst")
    rows = session.execute(_FAILURES, {"since": now - FAILED_WITHIN, "limit": min(limit, MOST)})
    return [Failure(**{**row._mapping, "key": without_contact(row.key), "error": last_line(row.error)}) for row in rows]


def schedules(session: Session, *, now: datetime) -> list[ScheduleView]:
    """Every scheduled job by name, with its last run, result and next run (SPEC 13.2)."""
    return [_schedule(row, now) for row in session.execute(_SCHEDULES)]


def last_line(error: str | None) -> str | None:
    """What a trace says in the end."""
    lines = (error or "").strip().splitlines()
    return without_contact(lines[-1]) if lines else None


def _schedule(row: Any, now: datetime) -> ScheduleView:
    """An open row that failed already tells of the present; otherwise the latest one that is over does."""
    state, slot, every = row.state, row.slot, timedelta(seconds=row.every_s)
    retried = state in ("ready", "taken") and row.attempts > 0 and row.error is not None
    result: Result = "failed" if retried or row.last_state == "dead" else "done"
    if row.last_state is None and not retried:
        result = "running" if state == "taken" else "waiting"
    error = row.error if retried else row.last_error
    following = slot + every if every else None
    if following is not None and following < now and state in ("ready", "taken"):
        following = now  # the open run is the next one; a new slot begins when it is over
    return ScheduleView(row.name, result, row.last_run_at, following, last_line(error) if result == "failed" else None)
