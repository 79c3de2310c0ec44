"""Jobs are neither lost nor doubled (SPEC 13.1)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import outbox


def test_one_open_row_per_kind_and_key(session: Session, now: datetime) -> None:
    first = outbox.enqueue(session, "email", key="welcome:1", now=now)
    assert first is not None
    assert outbox.enqueue(session, "email", key="welcome:1", now=now) is None


def test_a_taken_row_is_nobody_elses_until_its_lease_runs_out(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="1", now=now)
    assert row is not None
    first = outbox.take(session, row, now=now)
    assert first is not None and first.attempts == 1
    assert outbox.take(session, row, now=now) is None
    later = now + outbox.LEASE + timedelta(seconds=1)
    second = outbox.take(session, row, now=later)
    assert second is not None and second.attempts == 2
    # The first worker wakes up late: its work must not count.
    assert not outbox.finish(session, first, now=later)
    assert outbox.finish(session, second, now=later)


def test_tries_grow_apart_and_end_as_a_dead_letter(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="1", now=now, max_attempts=2)
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None
    assert outbox.fail(session, job, error="no answer", now=now) == "ready"
    assert outbox.due(session, now=now) == []
    job = outbox.take(session, row, now=now + timedelta(minutes=1))
    assert job is not None
    assert outbox.fail(session, job, error="no answer", now=now) == "dead"


def test_secrets_are_encrypted_and_wiped_when_done(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="1", now=now, sealed={"token": "s3cret-token"})
    assert row is not None
    stored = session.execute(text("select sealed, payload::text from outbox")).one()
    assert b"s3cret-token" not in bytes(stored.sealed) and "s3cret-token" not in stored.payload
    job = outbox.take(session, row, now=now)
    assert job is not None and job.sealed == {"token": "s3cret-token"}
    outbox.finish(session, job, now=now)
    assert session.execute(text("select sealed from outbox")).scalar_one() is None
