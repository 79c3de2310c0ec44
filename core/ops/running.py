"""What runs now and since when: workers tell of jobs that take longer than a moment (SPEC 13.2).

A job that works inside the database holds its row by a lock and shows nothing outside its transaction, so a worker
says in Redis what it is at. That is presence, which may be lost: the jobs themselves are in the outbox.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.errors import Unavailable
from core.kit.outbox import LEASE
from core.kit.redis import redis
from core.kit.words import without_contact

PRESENCE = "running"
GONE_AFTER = timedelta(seconds=10)
AHEAD = timedelta(minutes=1)  # by how much clocks of one house may differ


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job in somebody's hands, and since when; ``worker`` is ``None`` when no worker has told of it."""

    id: UUID
    kind: str
    key: str
    since: datetime
    worker: str | None = None


def announce(job: RunningJob, *, worker: str, now: datetime) -> None:
    """A worker says what it is at; to be repeated while it lasts, since it is believed for ten seconds."""
    told = asdict(job) | {"worker": worker, "seen": now}
    redis().hset(PRESENCE, worker, json.dumps(told, default=str))


def announce_end(*, worker: str) -> None:
    """A worker is at nothing long any more."""
    redis().hdel(PRESENCE, worker)


def running_jobs(session: Session, *, actor: Actor, now: datetime) -> list[RunningJob]:
    """Jobs that run now, the longest first: those that workers tell of, and those with a lease (SPEC 13.2)."""
    actor.require("admin", "analyst")
    told = {job.id: job for job in _present(now)}
    leased = session.execute(
        text("select id, kind, key, lease_until from outbox where state = 'taken' and lease_until > :now"), {"now": now}
    )
    for row in leased:
        told.setdefault(row.id, RunningJob(row.id, row.kind, without_contact(row.key), min(row.lease_until - LEASE, now)))
    return sorted(told.values(), key=lambda job: job.since)


def _present(now: datetime) -> list[RunningJob]:
    """What workers told of within the last ten seconds; nothing when Redis is away."""
    try:
        entries = redis().hgetall(PRESENCE)
    except (RedisError, Unavailable):
        return []
    found = {worker: _told(entry, now) for worker, entry in entries.items()}
    if gone := [worker for worker, job in found.items() if job is None]:
        redis().hdel(PRESENCE, *gone)
    return [job for job in found.values() if job is not None]


def _told(told: bytes, now: datetime) -> RunningJob | None:
    """What a worker said, unless that is too long ago, lies in the future, or is in the words of another release."""
    try:
        entry = json.loads(told)
        if not -AHEAD <= now - datetime.fromisoformat(entry["seen"]) <= GONE_AFTER:
            return None
        return RunningJob(UUID(entry["id"]), entry["kind"], entry["key"], datetime.fromisoformat(entry["since"]), entry["worker"])
    except (ValueError, KeyError, TypeError):
        return None
