"""After-work as rows: enqueued in the transaction of the change that caused it, done exactly once inside
the database (SPEC 13.1, DESIGN "Jobs that are neither lost nor doubled")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session, SessionTransaction

from core.kit import crypto
from core.kit.db import Json
from core.kit.ids import uuid7
from core.kit.insert_part import Part
from core.kit.logs import correlation_id
from core.kit.sql_values import as_json

LEASE = timedelta(seconds=60)
LONGEST_LEASE = timedelta(hours=1)  # what one statement over a whole table may ask for
BACKOFF_S = (5, 30, 120, 600, 3600)
TRIES = 1 + len(BACKOFF_S)  # the first and five more, over an hour and a quarter (SPEC 5.6)

# What a burst must not hold up, most urgent first; 1 and 2 are probes and buyers that wait in milliseconds, 6 to 8 the night's.
WAITED_FOR = 3  # somebody sits before a screen: a link to confirm or sign in, money on its way
SALE = 4  # a lead on its way to its buyers, before the news of others
USUAL = 5

# Is the row still ours? By lease: no later attempt has begun. By row lock: nobody took it since.
_MINE = {
    False: "state = 'taken' and attempts = :attempts",
    True: "state in ('ready', 'taken') and attempts = :attempts - 1",
}


Fate = Literal["ready", "dead", "lost"]  # what a failed try leaves behind


@dataclass(frozen=True, slots=True)
class Job:
    """One taken row: what to do, and under which id the outside world may know it."""

    id: UUID
    kind: str
    key: str
    payload: Json
    ciphertext: bytes | None
    attempts: int
    max_attempts: int
    correlation_id: str | None
    held: bool = False  # by a row lock instead of a lease

    @property
    def sealed(self) -> Json:
        """The encrypted part of the payload; raises ``Invalid`` when this process has another secret key."""
        opened: Json = crypto.unseal(self.ciphertext, purpose="outbox") if self.ciphertext else {}
        return opened


class Push(NamedTuple):
    """What the broker is told of a row: its id, and how urgent it is (0 first, 9 last)."""

    id: UUID
    priority: int


_COLUMNS = "id, kind, key, payload, sealed, priority, run_at, max_attempts, correlation_id, created_at"
_ROW = """:job_id, :job_kind, :job_key, cast(:job_payload as jsonb), :job_sealed, :job_priority, :job_run_at, :job_max_attempts,
          :job_correlation, :job_now"""
# A row that may be worked on: it is due, and nobody has it or whoever had it has died.
WAITS = "id = :id and run_at <= :now and (state = 'ready' or (state = 'taken' and lease_until < :now))"
_INSERT = text(f"insert into outbox ({_COLUMNS}) values ({_ROW}) on conflict do nothing returning id")  # noqa: S608 -- constants


def enqueue(
    session: Session,
    kind: str,
    *,
    key: str,
    now: datetime,
    payload: Json | None = None,
    sealed: Json | None = None,
    run_at: datetime | None = None,
    priority: int = USUAL,
    max_attempts: int = TRIES,
    job_id: UUID | None = None,
) -> UUID | None:
    """Add a row; returns its id, or ``None`` when an open row of the same kind and key already stands.

    ``sealed`` is stored encrypted and wiped when the job is done. ``job_id`` names a row that must exist only
    once ever, done or not. The id is pushed to the broker after commit by whoever subscribed with ``on_commit``.
    """
    values = _row(kind, key, payload, sealed, run_at or now, priority, max_attempts, job_id, now)
    row = session.execute(_INSERT, values).scalar_one_or_none()
    if row is not None and (run_at is None or run_at <= now):
        push_after_commit(session, row, priority)
    return row


def part(
    kind: str, *, key: str, now: datetime, payload: Json | None = None, sealed: Json | None = None, priority: int = USUAL
) -> Part:
    """``enqueue`` as part of another statement, which adds ``from`` and calls ``push_after_commit`` when it wrote."""
    values = _row(kind, key, payload, sealed, now, priority, TRIES, None, now)
    return Part(f"insert into outbox ({_COLUMNS}) select {_ROW}", values)


def push_after_commit(session: Session, job_id: UUID, priority: int = USUAL) -> None:
    """Have the broker told of a row once this transaction has committed."""
    session.info.setdefault("outbox_pushes", []).append(Push(job_id, priority))


def hold(session: Session, job_id: UUID, *, now: datetime) -> Job | None:
    """Lock a due row for the rest of this transaction: the lease of a job that works in the database only.

    ``None`` when somebody else has it, it is done, or it is not due. A worker that dies gives it back at once.
    """
    row = session.execute(
        text(f"""select id, kind, key, payload, sealed, attempts + 1 as attempts, max_attempts, correlation_id from outbox
                where {WAITS} for update skip locked"""),  # noqa: S608 -- constants
        {"id": job_id, "now": now},
    ).one_or_none()
    return None if row is None else _job(row, held=True)


def take(session: Session, job_id: UUID, *, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Claim a due row by a lease that outlives the transaction: for jobs that talk to the world outside.

    ``None`` when somebody else has it, it is done, or it is not due.
    """
    row = session.execute(
        text(f"""update outbox set state = 'taken', attempts = attempts + 1, lease_until = :until
                where id = (select id from outbox where {WAITS} for update skip locked)
                returning id, kind, key, payload, sealed, attempts, max_attempts, correlation_id"""),  # noqa: S608 -- constants
        {"id": job_id, "now": now, "until": now + lease},
    ).one_or_none()
    return None if row is None else _job(row, held=False)


def finish(session: Session, job: Job, *, now: datetime) -> bool:
    """Mark the row done, in the handler's own transaction; ``False`` when the lease was lost to another worker.

    Why an earlier try failed stays with it: a job that recovered is still asked about.
    The caller must roll back on ``False``: the other worker's work counts.
    """
    done = session.execute(
        text(f"""update outbox set state = 'done', attempts = :attempts, lease_until = null, sealed = null,
                 finished_at = :now where id = :id and {_MINE[job.held]} returning id"""),  # noqa: S608 -- constants
        {"id": job.id, "attempts": job.attempts, "now": now},
    ).scalar_one_or_none()
    return done is not None


def take_all(session: Session, job_ids: Sequence[UUID], *, now: datetime, lease: timedelta = LEASE) -> list[Job]:
    """``take`` of several rows at once, without waiting; those that somebody else has, or that are not due, are left out."""
    rows = session.execute(
        text("""update outbox set state = 'taken', attempts = attempts + 1, lease_until = :until
                where id in (select id from outbox where id = any(:ids) and run_at <= :now
                             and (state = 'ready' or (state = 'taken' and lease_until < :now)) for update skip locked)
                returning id, kind, key, payload, sealed, attempts, max_attempts, correlation_id"""),
        {"ids": list(job_ids), "now": now, "until": now + lease},
    )
    return [_job(row, held=False) for row in rows]


def finish_all(session: Session, jobs: Sequence[Job], *, now: datetime) -> bool:
    """``finish`` of several taken rows at once; ``False`` when the lease of any was lost."""
    done = session.execute(
        text("""update outbox o set state = 'done', lease_until = null, sealed = null, finished_at = :now
                from unnest(cast(:ids as uuid[]), cast(:attempts as int[])) as mine (id, attempts)
                where o.id = mine.id and o.state = 'taken' and o.attempts = mine.attempts"""),
        {"ids": [job.id for job in jobs], "attempts": [job.attempts for job in jobs], "now": now},
    )
    return bool(done.rowcount == len(jobs))  # type: ignore[attr-defined]


def give_back(session: Session, jobs: Sequence[Job]) -> None:
    """Return taken rows untried: ready again at once, without a failure counted."""
    if not jobs:
        return
    rows = session.execute(
        text("""update outbox o set state = 'ready', attempts = o.attempts - 1, lease_until = null
                from unnest(cast(:ids as uuid[]), cast(:attempts as int[])) as mine (id, attempts)
                where o.id = mine.id and o.state = 'taken' and o.attempts = mine.attempts returning o.id, o.priority"""),
        {"ids": [job.id for job in jobs], "attempts": [job.attempts for job in jobs]},
    )
    for row in rows:
        push_after_commit(session, row.id, row.priority)


def fail(session: Session, job: Job, *, error: str, now: datetime) -> Fate:
    """Record a failure: ``ready`` again after a growing delay, or ``dead`` when the tries are used up (SPEC 5.6).

    ``lost``: another worker has the row by now, so this try does not count.
    """
    dead = job.attempts >= job.max_attempts
    delay = BACKOFF_S[min(job.attempts, len(BACKOFF_S)) - 1]
    ours = session.execute(
        text(f"""update outbox set state = :state, attempts = :attempts, lease_until = null, error = :error, run_at = :run_at,
                 finished_at = :finished, failed_at = :now where id = :id and {_MINE[job.held]} returning id"""),  # noqa: S608 -- constants
        {
            "id": job.id,
            "attempts": job.attempts,
            "state": "dead" if dead else "ready",
            "error": error[:20_000],
            "run_at": now if dead else now + timedelta(seconds=delay),
            "now": now,
            "finished": now if dead else None,
        },
    ).scalar_one_or_none()
    if ours is None:
        return "lost"
    return "dead" if dead else "ready"


def renew(session: Session, job: Job, *, now: datetime, progress: Json | None = None, lease: timedelta = LEASE) -> None:
    """Keep a long job's lease and tell how far it is."""
    session.execute(
        text("""update outbox set lease_until = :until, progress = coalesce(cast(:progress as jsonb), progress)
                where id = :id and state = 'taken' and attempts = :attempts"""),
        {"id": job.id, "attempts": job.attempts, "until": now + lease, "progress": _json(progress) if progress else None},
    )


def wake_after_commit(session: Session) -> None:
    """Have the relay look at once when this transaction has committed: a function of the database added rows to it."""
    session.info["outbox_wake"] = True


def on_commit(push: Callable[[list[Push]], None], wake: Callable[[], None] | None = None) -> Callable[[], None]:
    """Subscribe ``push(rows)`` to the rows enqueued by each committed transaction: the fast path.

    ``wake()`` is called for those that asked for the relay. Returns a function that ends the subscription.
    """

    def pushed(session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint was released: nobody else can see its rows yet
        if rows := session.info.get("outbox_pushes"):
            push(rows)
        if wake and session.info.get("outbox_wake"):
            wake()

    event.listen(Session, "after_commit", pushed)
    return lambda: event.remove(Session, "after_commit", pushed)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("outbox_pushes", None)
        session.info.pop("outbox_wake", None)


def _job(row: Any, *, held: bool) -> Job:
    return Job(row.id, row.kind, row.key, row.payload, row.sealed, row.attempts, row.max_attempts, row.correlation_id, held)


def _json(value: Json | None) -> str:
    return as_json(value or {})


def _row(
    kind: str, key: str, payload: Json | None, sealed: Json | None, run_at: datetime, priority: int, max_attempts: int,
    job_id: UUID | None, now: datetime,
) -> Json:  # fmt: skip
    return {
        "job_id": job_id or uuid7(),
        "job_kind": kind,
        "job_key": key,
        "job_payload": _json(payload),
        "job_sealed": crypto.seal(sealed, purpose="outbox") if sealed else None,
        "job_priority": priority,
        "job_run_at": run_at,
        "job_max_attempts": max_attempts,
        "job_correlation": correlation_id.get(),
        "job_now": now,
    }
