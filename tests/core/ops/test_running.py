"""What runs now: told by workers, and by rows with a lease (SPEC 13.2)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core import ops
from core.kit import config, outbox, redis
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7

ADMIN = Actor(user_id=uuid7(), role="admin")


def test_what_a_worker_tells_is_shown_the_longest_first(session: Session, now: datetime) -> None:
    long = ops.RunningJob(uuid7(), "schedule.reconcile", "open", now - timedelta(minutes=3))
    short = ops.RunningJob(uuid7(), "lead.score", "1", now - timedelta(seconds=2))
    ops.announce(short, worker="host:1", now=now)
    ops.announce(long, worker="host:2", now=now)
    shown = ops.running_jobs(session, actor=ADMIN, now=now)
    assert [(job.id, job.since, job.worker) for job in shown] == [
        (long.id, long.since, "host:2"),
        (short.id, short.since, "host:1"),
    ]
    ops.announce_end(worker="host:2")
    assert [job.id for job in ops.running_jobs(session, actor=ADMIN, now=now)] == [short.id]


def test_a_worker_that_was_killed_is_forgotten(session: Session, now: datetime) -> None:
    ops.announce(ops.RunningJob(uuid7(), "email", "1", now), worker="host:1", now=now)
    assert len(ops.running_jobs(session, actor=ADMIN, now=now + timedelta(seconds=9))) == 1
    assert ops.running_jobs(session, actor=ADMIN, now=now + timedelta(seconds=11)) == []
    assert redis.redis().hlen("running") == 0


def test_a_leased_row_runs_even_when_nobody_tells_of_it(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="welcome:1", now=now)
    assert row is not None and outbox.take(session, row, now=now)
    (job,) = ops.running_jobs(session, actor=ADMIN, now=now + timedelta(seconds=4))
    assert (job.id, job.kind, job.since, job.worker) == (row, "email", now, None)
    told = ops.RunningJob(row, "email", "welcome:1", now + timedelta(seconds=1))
    ops.announce(told, worker="host:1", now=now + timedelta(seconds=4))
    (job,) = ops.running_jobs(session, actor=ADMIN, now=now + timedelta(seconds=4))
    assert job.worker == "host:1", "one job stands once, as its worker tells of it"
    assert ops.running_jobs(session, actor=ADMIN, now=now + timedelta(minutes=2)) == [], "the lease has run out"


def test_without_redis_only_leases_are_known(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    row = outbox.enqueue(session, "email", key="welcome:1", now=now)
    assert row is not None and outbox.take(session, row, now=now)
    with monkeypatch.context() as away:
        away.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        config.settings.cache_clear()
        redis.redis.cache_clear()
        assert [job.id for job in ops.running_jobs(session, actor=ADMIN, now=now)] == [row]
    config.settings.cache_clear()
    redis.redis.cache_clear()


def test_only_admins_and_analysts_see_it(session: Session, now: datetime) -> None:
    assert ops.running_jobs(session, actor=Actor(user_id=uuid7(), role="analyst"), now=now) == []
    with pytest.raises(Forbidden):
        ops.running_jobs(session, actor=Actor(user_id=uuid7(), role="provider"), now=now)


def test_what_a_clock_that_was_ahead_or_another_release_told_is_forgotten(session: Session, now: datetime) -> None:
    """Else a job would run for ever on the page, or no page would be shown at all."""
    ops.announce(ops.RunningJob(uuid7(), "email", "1", now), worker="host:1", now=now + timedelta(days=1))
    redis.redis().hset("running", "host:2", "{}")
    redis.redis().hset("running", "host:3", b"\xff")
    assert ops.running_jobs(session, actor=ADMIN, now=now) == []
    assert redis.redis().hlen("running") == 0
