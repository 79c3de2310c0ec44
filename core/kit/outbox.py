"""After-work as rows: enqueued in the transaction of the change that caused it, done exactly once inside
the database (SPEC 13.1, DESIGN "Jobs that are neither lost nor doubled")."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core.kit import crypto
from core.kit.db import Json
from core.kit.ids import uuid7
from core.kit.logs import correlation_id

LEASE = timedelta(seconds=60)
BACKOFF_S = (5, 30, 120, 600, 3600)


@dataclass(frozen=True, slots=True)
class Job:
    """One taken row: what to do, and under which id the outside world may know it."""

    id: UUID
    kind: str
    key: str
    payload: Json
    sealed: Json
    attempts: int
    max_attempts: int
    correlation_id: str | None


def enqueue(
    session: Session,
    kind: str,
    *,
    key: str,
    now: datetime,
    payload: Json | None = None,
    sealed: Json | None = None,
    run_at: datetime | None = None,
    priority: int = 5,
    max_attempts: int = 5,
) -> UUID | None:
    """Add a row; returns its id, or ``None`` when an open row of the same kind and key already stands.

    ``sealed`` is stored encrypted and wiped when the job is done. The id is pushed to the broker after
    commit by whoever subscribed with ``on_commit``.
    """
    row = session.execute(
        text("""insert into outbox (id, kind, key, payload, sealed, priority, run_at, max_attempts, correlation_id, created_at)
                values (:id, :kind, :key, cast(:payload as jsonb), :sealed, :priority, :run_at, :max_attempts, :correlation, :now)
                on conflict (kind, key) where state in ('ready', 'taken') do nothing returning id"""),
        {
            "id": uuid7(),
            "kind": kind,
            "key": key,
            "payload": _json(payload),
            "priority": priority,
            "sealed": crypto.seal(sealed, purpose="outbox") if sealed else None,
            "run_at": run_at or now,
            "max_attempts": max_attempts,
            "correlation": correlation_id.get(),
            "now": now,
        },
    ).scalar_one_or_none()
    if row is not None and (run_at is None or run_at <= now):
        session.info.setdefault("outbox_ids", []).append(row)
    return row


def take(session: Session, job_id: UUID, *, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Claim a due row (ready, or its lease has run out); ``None`` when somebody else has it or it is done."""
    row = session.execute(
        text("""update outbox set state = 'taken', attempts = attempts + 1, lease_until = :until
                where id = :id and run_at <= :now and (state = 'ready' or (state = 'taken' and lease_until < :now))
                returning id, kind, key, payload, sealed, attempts, max_attempts, correlation_id"""),
        {"id": job_id, "now": now, "until": now + lease},
    ).one_or_none()
    if row is None:
        return None
    secret = crypto.unseal(row.sealed, purpose="outbox") if row.sealed else {}
    return Job(row.id, row.kind, row.key, row.payload, secret, row.attempts, row.max_attempts, row.correlation_id)


def finish(session: Session, job: Job, *, now: datetime) -> bool:
    """Mark the row done, in the handler's own transaction; ``False`` when the lease was lost to another worker.

    The caller must roll back on ``False``: the other worker's work counts.
    """
    done = session.execute(
        text("""update outbox set state = 'done', lease_until = null, sealed = null, error = null, finished_at = :now
                where id = :id and state = 'taken' and attempts = :attempts returning id"""),
        {"id": job.id, "attempts": job.attempts, "now": now},
    ).scalar_one_or_none()
    return done is not None


def fail(session: Session, job: Job, *, error: str, now: datetime) -> str:
    """Record a failure: ``ready`` again after a growing delay, or ``dead`` when the tries are used up (SPEC 5.6)."""
    dead = job.attempts >= job.max_attempts
    delay = BACKOFF_S[min(job.attempts, len(BACKOFF_S)) - 1]
    session.execute(
        text("""update outbox set state = :state, lease_until = null, error = :error, run_at = :run_at, finished_at = :finished
                where id = :id and state = 'taken' and attempts = :attempts"""),
        {
            "id": job.id,
            "attempts": job.attempts,
            "state": "dead" if dead else "ready",
            "error": error[:20_000],
            "run_at": now if dead else now + timedelta(seconds=delay),
            "finished": now if dead else None,
        },
    )
    return "dead" if dead else "ready"


def renew(session: Session, job: Job, *, now: datetime, progress: Json | None = None, lease: timedelta = LEASE) -> None:
    """Keep a long job's lease and tell how far it is."""
    session.execute(
        text("""update outbox set lease_until = :until, progress = coalesce(cast(:progress as jsonb), progress)
                where id = :id and state = 'taken' and attempts = :attempts"""),
        {"id": job.id, "attempts": job.attempts, "until": now + lease, "progress": _json(progress) if progress else None},
    )


def due(session: Session, *, now: datetime, limit: int = 500) -> list[UUID]:
    """Ids of rows that should be worked on now, most urgent first: the relay's safe path."""
    rows = session.execute(
        text("""select id from outbox where state in ('ready', 'taken') and run_at <= :now
                and (state = 'ready' or lease_until < :now) order by priority, run_at limit :limit"""),
        {"now": now, "limit": limit},
    )
    return list(rows.scalars())


def on_commit(push: Any) -> None:
    """Subscribe ``push(ids)`` to the ids enqueued by each committed transaction: the fast path."""

    @event.listens_for(Session, "after_commit")
    def _pushed(session: Session) -> None:
        ids = session.info.pop("outbox_ids", [])
        if ids:
            push(ids)

    @event.listens_for(Session, "after_rollback")
    def _forgotten(session: Session) -> None:
        session.info.pop("outbox_ids", None)


def _json(value: Json | None) -> str:
    return json.dumps(value or {}, default=str)
