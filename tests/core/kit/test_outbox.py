"""Jobs are neither lost nor doubled (SPEC 13.1)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.kit import outbox, outbox_due
from core.kit.db import transaction
from core.kit.errors import Invalid
from core.kit.ids import uuid7


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
    assert outbox_due.due(session, now=now) == []
    job = outbox.take(session, row, now=now + timedelta(minutes=1))
    assert job is not None
    assert outbox.fail(session, job, error="no answer", now=now) == "dead"


def test_five_more_tries_and_then_no_other(session: Session, now: datetime) -> None:
    """As told in the runbooks: over an hour and a quarter, also rows that the database adds itself (SPEC 5.6)."""
    row = outbox.enqueue(session, "email", key="1", now=now)
    of_the_database = text("insert into outbox (id, kind, key, run_at, created_at) values (uuid7(), 'x', '1', :now, :now)")
    session.execute(of_the_database, {"now": now})
    assert session.scalars(text("select distinct max_attempts from outbox")).all() == [1 + len(outbox.BACKOFF_S)] == [6]
    assert row is not None
    moment, fates = now, []
    for wait in (*outbox.BACKOFF_S, 0):
        job = outbox.take(session, row, now=moment)
        assert job is not None
        fates.append(outbox.fail(session, job, error="no answer", now=moment))
        moment += timedelta(seconds=wait)
    assert fates == ["ready"] * 5 + ["dead"] and moment - now == timedelta(hours=1, minutes=12, seconds=35)


def test_secrets_are_encrypted_and_wiped_when_done(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="1", now=now, sealed={"token": "s3cret-token"})
    assert row is not None
    stored = session.execute(text("select sealed, payload::text from outbox")).one()
    assert b"s3cret-token" not in bytes(stored.sealed) and "s3cret-token" not in stored.payload
    job = outbox.take(session, row, now=now)
    assert job is not None and job.sealed == {"token": "s3cret-token"}
    outbox.finish(session, job, now=now)
    assert session.execute(text("select sealed from outbox")).scalar_one() is None


def test_a_held_row_is_locked_until_the_end_of_its_transaction(database: Engine, now: datetime) -> None:
    with transaction() as session:
        row = outbox.enqueue(session, "lead.score", key="1", now=now)
        assert row is not None
    with transaction() as holder:
        job = outbox.hold(holder, row, now=now)
        assert job is not None and job.attempts == 1
        with transaction() as other:
            assert outbox.hold(other, row, now=now) is None
            assert outbox.take(other, row, now=now) is None
        assert outbox.finish(holder, job, now=now)
    with transaction() as after:
        assert outbox.hold(after, row, now=now) is None


def test_a_held_row_whose_work_was_rolled_back_counts_its_failure_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        row = outbox.enqueue(session, "lead.score", key="1", now=now)
        assert row is not None
    with pytest.raises(ZeroDivisionError), transaction() as holder:
        job = outbox.hold(holder, row, now=now)
        assert 1 / 0
    assert job is not None
    with transaction() as failing:
        assert outbox.fail(failing, job, error="broken", now=now) == "ready"
        # A second report of the same try changes nothing.
        assert outbox.fail(failing, job, error="again", now=now) == "lost"
        assert failing.execute(text("select attempts, error from outbox")).one() == (1, "broken")


def test_a_named_row_exists_once_ever(session: Session, now: datetime) -> None:
    name = uuid7()
    assert outbox.enqueue(session, "schedule.seal", key="18:00", now=now, job_id=name) == name
    job = outbox.hold(session, name, now=now)
    assert job is not None and outbox.finish(session, job, now=now)
    assert outbox.enqueue(session, "schedule.seal", key="18:00", now=now, job_id=name) is None


def test_the_most_urgent_due_rows_come_first(session: Session, now: datetime) -> None:
    slow = outbox.enqueue(session, "email", key="1", now=now, priority=7)
    fast = outbox.enqueue(session, "distribution.run", key="1", now=now, priority=1)
    outbox.enqueue(session, "email", key="2", now=now, run_at=now + timedelta(minutes=1), priority=0)
    assert outbox_due.due(session, now=now) == [(fast, 1), (slow, 7)]


def test_a_committed_row_is_pushed_and_a_rolled_back_one_is_not(database: Engine, now: datetime) -> None:
    pushed: list[outbox.Push] = []
    unsubscribe = outbox.on_commit(pushed.extend)
    with transaction() as session:
        kept = outbox.enqueue(session, "email", key="1", now=now)
        outbox.enqueue(session, "email", key="later", now=now, run_at=now + timedelta(days=1))
        assert pushed == []
    assert [row.id for row in pushed] == [kept]
    with pytest.raises(ZeroDivisionError), transaction() as session:
        outbox.enqueue(session, "email", key="2", now=now)
        assert 1 / 0
    unsubscribe()
    with transaction() as session:
        outbox.enqueue(session, "email", key="3", now=now)
    assert len(pushed) == 1


def test_a_secret_of_another_key_fails_when_it_is_read(session: Session, now: datetime) -> None:
    row = outbox.enqueue(session, "email", key="1", now=now, sealed={"token": "x"})
    session.execute(text("update outbox set sealed = 'not ours'"))
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None
    with pytest.raises(Invalid, match="HOTLEADS_SECRET_KEY"):
        assert job.sealed
