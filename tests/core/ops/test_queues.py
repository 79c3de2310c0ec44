"""The queue as people see it, and dead letters (SPEC 13.2)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import named_uuid7, uuid7
from core.ops import queues

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
    for role in ("scientist", "provider"):
        with pytest.raises(Forbidden):
            ops.dead_letters(session, actor=Actor(user_id=uuid7(), role=role))


def test_an_analyst_reads_dead_letters_and_decides_nothing(session: Session, now: datetime) -> None:
    analyst = Actor(user_id=uuid7(), role="analyst")
    row = a_dead_letter(session, now)
    assert ops.dead_letter(session, actor=analyst, job_id=row).id == row and len(ops.dead_letters(session, actor=analyst)) == 1
    with pytest.raises(Forbidden):
        ops.retry_dead_letter(session, actor=analyst, job_id=row, now=now)
    with pytest.raises(Forbidden):
        ops.resolve_dead_letter(session, actor=analyst, job_id=row, memo="Not mine to say", now=now)
    with pytest.raises(Forbidden):
        ops.bulk_dead_letters(session, actor=analyst, verb="retry", job_ids=[row], now=now)


def test_contact_data_that_slipped_into_a_row_is_not_shown(session: Session, now: datetime) -> None:
    """No row should hold any; the page and the API take it out all the same, and leave ids alone."""
    lead = UUID("01a20213-8ed2-7185-9154-501234567890")
    payload = {"lead_id": str(lead), "context": {"note": ["call (702) 555-0123", "or pat@example.com"], "tries": 3}}
    row = outbox.enqueue(session, "email", key=f"welcome:{lead}", now=now, max_attempts=1, payload=payload)
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None
    outbox.fail(session, job, error="refused for pat@example.com", now=now)
    letter = ops.dead_letter(session, actor=ADMIN, job_id=row)
    assert letter.payload == {"lead_id": str(lead), "context": {"note": ["call[phone]", "or [email]"], "tries": 3}}
    assert letter.key == f"welcome:{lead}" and letter.error == "refused for [email]"


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


def test_what_failed_lately_is_listed_even_when_it_worked_since(session: Session, now: datetime) -> None:
    dead = a_dead_letter(session, now - timedelta(minutes=2))
    again = outbox.enqueue(session, "email", key="welcome:1", now=now)
    assert again is not None
    job = outbox.take(session, again, now=now)
    assert job is not None and outbox.fail(session, job, error="Traceback\nno answer from pat@example.com", now=now) == "ready"
    old = outbox.enqueue(session, "email", key="welcome:2", now=now - timedelta(hours=2))
    assert old is not None
    before = outbox.take(session, old, now=now - timedelta(hours=2))
    assert before is not None and outbox.fail(session, before, error="long ago", now=now - timedelta(hours=2)) == "ready"

    waiting, given_up = ops.recent_failures(session, actor=ADMIN, now=now)
    assert (waiting.id, waiting.state, waiting.attempts, waiting.error) == (again, "ready", 1, "no answer from [email]")
    assert waiting.run_at == now + timedelta(seconds=5) and (given_up.id, given_up.state) == (dead, "dead")

    job = outbox.take(session, again, now=now + timedelta(seconds=6))
    assert job is not None and outbox.finish(session, job, now=now + timedelta(seconds=6))
    recovered = ops.recent_failures(session, actor=ADMIN, now=now)[0]
    assert (recovered.state, recovered.error) == ("done", "no answer from [email]"), "why it failed is still told"
    assert [depth.failed_last_hour for depth in ops.queue_depths(session, now=now)] == [1, 1]
    assert ops.recent_failures(session, actor=ADMIN, now=now + timedelta(hours=1, minutes=1)) == []
    with pytest.raises(Forbidden):
        ops.recent_failures(session, actor=Actor(user_id=uuid7(), role="provider"), now=now)


def a_slot(session: Session, name: str, slot: datetime, *, every: timedelta) -> UUID:
    """A row as the schedule adds it."""
    payload = {"slot": slot.isoformat(), "every_s": int(every.total_seconds())}
    row = named_uuid7(int(slot.timestamp() * 1000), name)
    assert outbox.enqueue(session, f"schedule.{name}", key="open", now=slot, payload=payload, job_id=row)
    return row


def carried_out(session: Session, row: UUID, at: datetime, *, error: str | None = None) -> None:
    job = outbox.hold(session, row, now=at)
    assert job is not None
    if error is None:
        assert outbox.finish(session, job, now=at)
    else:
        outbox.fail(session, job, error=error, now=at)


def test_schedules_tell_their_last_and_next_run_and_what_came_of_it(session: Session, now: datetime) -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    carried_out(session, a_slot(session, "reconcile", now - day, every=day), now - day + timedelta(seconds=3))
    carried_out(session, a_slot(session, "expire", now - hour, every=hour), now - hour)
    carried_out(session, a_slot(session, "expire", now, every=hour), now, error="Traceback\nZeroDivisionError: by zero")
    a_slot(session, "seal", now, every=timedelta(seconds=10))

    expire, reconcile, seal = ops.schedules(session, now=now)
    assert (reconcile.name, reconcile.result, reconcile.error) == ("reconcile", "done", None)
    assert reconcile.last_run_at == now - day + timedelta(seconds=3) and reconcile.next_run_at == now
    assert (expire.result, expire.error, expire.last_run_at) == ("failed", "ZeroDivisionError: by zero", now - hour)
    assert expire.next_run_at == now + hour
    assert (seal.result, seal.last_run_at, seal.next_run_at) == ("waiting", None, now + timedelta(seconds=10))
    (late,) = [view for view in ops.schedules(session, now=now + hour) if view.name == "seal"]
    assert late.next_run_at == now + hour, "an open run that is late is the next one"


def test_a_schedule_that_gave_up_stays_failed_until_it_works_again(session: Session, now: datetime) -> None:
    day = timedelta(days=1)
    row = a_slot(session, "reconcile", now - day, every=day)
    session.execute(text("update outbox set max_attempts = 1 where id = :id"), {"id": row})
    carried_out(session, row, now - day, error="Traceback\nbooks are open")
    a_slot(session, "reconcile", now, every=day)
    (waiting,) = ops.schedules(session, now=now)
    assert (waiting.result, waiting.error) == ("failed", "books are open")
    carried_out(session, named_uuid7(int(now.timestamp() * 1000), "reconcile"), now)
    assert ops.schedules(session, now=now)[0].result == "done"


def test_many_runs_of_a_schedule_cost_no_more_than_few(session: Session, now: datetime) -> None:
    """The figures go from name to name by the index: no plan may read every row of a schedule."""
    session.execute(
        text("""insert into outbox (id, kind, key, payload, run_at, state, created_at, finished_at)
                select uuid7(), 'schedule.seal', 'open', '{"slot": "2026-11-04T17:00:00+00:00", "every_s": 10}',
                       :now, 'done', :now, :now
                from generate_series(1, 20000)"""),
        {"now": now},
    )
    session.execute(text("analyze outbox"))
    for query, values in ((queues._SCHEDULES, {}), (queues._DEPTHS, {"now": now, "since": now})):
        (plan,) = session.execute(text(f"explain (analyze, format json) {query.text}"), values).scalar_one()
        assert rows_read(plan["Plan"]) < 500, query.text


def rows_read(node: dict[str, Any]) -> float:
    own = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0) if "Relation Name" in node else 0
    return own + sum(rows_read(child) for child in node.get("Plans", []))
