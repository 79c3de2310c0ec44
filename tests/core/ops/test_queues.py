"""The queue as people see it, and dead letters (SPEC 13.2)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import uuid7

ADMIN = Actor(user_id=uuid7(), role="admin")


def a_dead_letter(session: Session, now: datetime, key: str = "1") -> UUID:
    row = outbox.enqueue(session, "lead.score", key=key, now=now, max_attempts=1, payload={"lead_id": key}, sealed={"token": "x"})
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None and outbox.fail(session, job, error="Traceback: division by zero", now=now) == "dead"
    return row


def test_figures_per_kind_come_from_the_outbox(session: Session, now: datetime) -> None:
    a_dead_letter(session, now)
    outbox.enqueue(session, "email", key="1", now=now)
    outbox.enqueue(session, "email", key="2", now=now, run_at=now + timedelta(hours=1))
    taken = outbox.enqueue(session, "email", key="3", now=now)
    assert taken is not None and outbox.take(session, taken, now=now)
    email, score = ops.queue_depths(session, now=now)
    assert (email.kind, email.due, email.later, email.running, email.dead) == ("email", 1, 1, 1, 0)
    assert (score.kind, score.due, score.failed_last_hour, score.dead) == ("lead.score", 0, 1, 1)
    (later,) = [depth for depth in ops.queue_depths(session, now=now + timedelta(hours=3)) if depth.dead]
    assert later.failed_last_hour == 0


def test_a_dead_letter_is_kept_with_payload_and_trace(session: Session, now: datetime) -> None:
    row = a_dead_letter(session, now)
    (letter,) = ops.dead_letters(session, actor=ADMIN)
    assert letter.id == row and letter.payload == {"lead_id": "1"} and "division by zero" in (letter.error or "")
    assert ops.dead_letters(session, actor=ADMIN, kind="email") == []
    assert ops.dead_letters(session, actor=ADMIN, before_id=row) == []
    with pytest.raises(Forbidden):
        ops.dead_letters(session, actor=Actor(user_id=uuid7(), role="analyst"))


def test_a_retried_letter_has_all_its_tries_and_its_secrets_again(session: Session, now: datetime) -> None:
    row = a_dead_letter(session, now)
    ops.retry_dead_letter(session, actor=ADMIN, job_id=row, now=now)
    job = outbox.take(session, row, now=now)
    assert job is not None and job.attempts == 1 and job.sealed == {"token": "x"}
    with pytest.raises(ops.DeadLetterGone):
        ops.retry_dead_letter(session, actor=ADMIN, job_id=row, now=now)
    assert session.execute(text("select action, actor_id from audit_entry")).one() == ("job.retried", ADMIN.user_id)


def test_a_letter_whose_work_is_waiting_again_can_only_be_resolved(session: Session, now: datetime) -> None:
    row = a_dead_letter(session, now)
    assert outbox.enqueue(session, "lead.score", key="1", now=now) is not None
    with pytest.raises(Conflict, match="Resolve this one instead"):
        ops.retry_dead_letter(session, actor=ADMIN, job_id=row, now=now)
    with pytest.raises(Invalid):
        ops.resolve_dead_letter(session, actor=ADMIN, job_id=row, memo=" ", now=now)
    ops.resolve_dead_letter(session, actor=ADMIN, job_id=row, memo="runs anyway", now=now)
    assert ops.dead_letters(session, actor=ADMIN) == []
    assert session.execute(text("select memo from audit_entry")).scalar_one() == "runs anyway"
    assert session.execute(text("select sealed from outbox where id = :id"), {"id": row}).scalar_one() is None


def test_a_bulk_action_reports_each_letter(session: Session, now: datetime) -> None:
    rows = [a_dead_letter(session, now, key) for key in ("1", "2")]
    results = ops.bulk_dead_letters(session, actor=ADMIN, verb="retry", job_ids=[*rows, uuid7()], now=now)
    assert [result.ok for result in results] == [True, True, False]
    assert results[2].message == "There is no such job."
    with pytest.raises(Invalid, match="at most 50"):
        ops.bulk_dead_letters(session, actor=ADMIN, verb="retry", job_ids=[uuid7() for _ in range(51)], now=now)
    with pytest.raises(NotFound):
        ops.dead_letter(session, actor=ADMIN, job_id=uuid7())


def test_clean_up_takes_what_is_over_and_old(session: Session, now: datetime) -> None:
    a_dead_letter(session, now - timedelta(days=31), "old")
    kept = a_dead_letter(session, now - timedelta(days=29), "young")
    waiting = outbox.enqueue(session, "email", key="ancient", now=now - timedelta(days=99))
    assert ops.clean_queue(session, now=now) == 1
    assert set(session.execute(text("select id from outbox")).scalars()) == {kept, waiting}
    entry = session.execute(text("select action, after from audit_entry")).one()
    assert entry == ("queue.cleaned", {"jobs": 1, "dead_letters": 1})


def test_the_queue_is_unwell_when_a_due_job_waits_too_long(session: Session) -> None:
    moment = utc_now()
    outbox.enqueue(session, "email", key="1", now=moment)
    assert ops.check_queue(session, now=moment + timedelta(minutes=9)).ok
    stuck = ops.check_queue(session, now=moment + timedelta(minutes=12))
    assert not stuck.ok and "the oldest for 1" in stuck.detail


def test_history_that_was_just_loaded_is_not_late(session: Session) -> None:
    outbox.enqueue(session, "email", key="1", now=utc_now() - timedelta(days=90))
    assert ops.check_queue(session, now=utc_now()).ok


def test_redis_and_database_answer(session: Session) -> None:
    assert ops.check_redis().ok
    assert ops.check_database(session).detail == "revision 0001"
