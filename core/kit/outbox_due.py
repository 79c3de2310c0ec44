"""Which rows are due: what the relay tells the broker of, and what a worker looks at before it tries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.alone import rows_alone
from core.kit.outbox import WAITS, Push

_DUE = text(f"select 1 from outbox where {WAITS}")  # noqa: S608 -- a constant


def is_due(session: Session, job_id: UUID, *, now: datetime) -> bool:
    """Whether it is worth to ``hold`` or ``take`` a row, for a session of ``kit.db.reading``: most of what the broker tells of
    leads that wait for one niche has been taken along by another job when its turn comes, and a look costs a fifth of a try.
    """
    return bool(rows_alone(session, _DUE, {"id": job_id, "now": now}))


def due(session: Session, *, now: datetime, limit: int = 500) -> list[Push]:
    """Rows that should be worked on now, most urgent first: the relay's safe path."""
    rows = session.execute(
        text("""select id, priority from outbox where state in ('ready', 'taken') and run_at <= :now
                and (state = 'ready' or lease_until < :now) order by priority, run_at limit :limit"""),
        {"now": now, "limit": limit},
    )
    return [Push(row.id, row.priority) for row in rows]


def fresh(session: Session, *, since: datetime, now: datetime, limit: int = 500) -> list[Push]:
    """Rows that became due after ``since`` and that nobody has taken yet, most urgent first."""
    rows = session.execute(
        text("""select id, priority from outbox where state in ('ready', 'taken') and state = 'ready'
                and run_at > :since and run_at <= :now order by priority, run_at limit :limit"""),
        {"since": since, "now": now, "limit": limit},
    )
    return [Push(row.id, row.priority) for row in rows]
