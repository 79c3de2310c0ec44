"""What waits, what runs and what failed: read from the outbox itself, not from the broker (SPEC 13.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


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
class ScheduleView:
    """When a scheduled job ran last, and with which result."""

    name: str
    state: str
    last_run_at: datetime
    error: str | None


def queue_depths(session: Session, *, now: datetime) -> list[QueueDepth]:
    """Figures per kind of job, by name; kinds with nothing open, failed or dead are left out."""
    rows = session.execute(
        text("""select kind,
                  count(*) filter (where state = 'ready' and run_at <= :now) as due,
                  count(*) filter (where state = 'ready' and run_at > :now) as later,
                  count(*) filter (where state = 'taken') as running,
                  count(*) filter (where error is not null and (state = 'ready' or finished_at > cast(:now as timestamptz)
                                   - interval '1 hour')) as failed_last_hour,
                  count(*) filter (where state = 'dead') as dead,
                  min(waiting_since(id, run_at)) filter (where state = 'ready' and run_at <= :now) as oldest_due_at
                from outbox where state in ('ready', 'taken', 'dead') group by kind order by kind"""),
        {"now": now},
    )
    return [QueueDepth(**row._mapping) for row in rows]


def schedules(session: Session) -> list[ScheduleView]:
    """The latest run of each scheduled job, by name."""
    rows = session.execute(
        text("""select distinct on (kind) substr(kind, 10) as name, state, coalesce(finished_at, run_at) as last_run_at, error
                from outbox where kind like 'schedule.%' order by kind, id desc""")
    )
    return [ScheduleView(**row._mapping) for row in rows]
