"""One row carried through: inside one transaction, or around the world outside (SPEC 13.1, 5.6)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.kit import config, mail, outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.logs import correlation_id
from core.kit.redis import redis
from jobs import broker, handlers
from jobs.handlers import Handler
from jobs.work import work
from tests.builders import a_user
from tests.jobs.conftest import queued_ids, row_of
from tests.mailserver import MailServer


@pytest.fixture
def diary(exchange: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A kind of job that writes into a table, and fails when its payload says so."""
    seen: list[str] = []

    def write(session: Session, job: outbox.Job, _: Any, _now: Any) -> None:
        seen.append(f"{job.key} {correlation_id.get()}")
        session.execute(text("insert into threshold values (:key, '1', now(), :id)"), {"key": job.key, "id": UUID(int=0)})
        if job.payload.get("fail"):
            raise ZeroDivisionError("broken for pat@example.com")

    monkeypatch.setitem(handlers.HANDLERS, "test.write", Handler(inside=write))
    yield seen


def enqueue(kind: str, key: str = "1", **more: Any) -> UUID:
    with transaction() as session:
        row = outbox.enqueue(session, kind, key=key, now=utc_now(), **more)
    assert row is not None
    return row


def written() -> list[str]:
    with transaction() as session:
        return list(session.execute(text("select key from threshold")).scalars())


def test_work_and_done_mark_are_one(diary: list[str]) -> None:
    token = correlation_id.set("request-7")
    row = enqueue("test.write")
    correlation_id.reset(token)
    assert work(str(row)) == "done"
    assert written() == ["1"] and row_of(row).state == "done" and diary == ["1 request-7"]
    assert work(str(row)) == "not_due"
    assert len(diary) == 1 and correlation_id.get() is None


def test_a_failed_try_leaves_nothing_but_its_trace(diary: list[str]) -> None:
    row = enqueue("test.write", payload={"fail": True}, max_attempts=2)
    assert work(str(row)) == "failed"
    failed = row_of(row)
    assert written() == [] and (failed.state, failed.attempts) == ("ready", 1) and failed.run_at > utc_now()
    assert "ZeroDivisionError" in failed.error and "pat@example.com" not in failed.error
    assert work(str(row)) == "not_due", "it waits for its delay"


def test_the_last_failed_try_is_a_dead_letter_with_audit_and_no_one_else_suffers(diary: list[str]) -> None:
    poisoned = enqueue("test.write", "poison", payload={"fail": True}, max_attempts=1)
    healthy = enqueue("test.write", "healthy")
    assert (work(str(poisoned)), work(str(healthy))) == ("dead", "done")
    assert row_of(poisoned).state == "dead" and written() == ["healthy"]
    with transaction() as session:
        entry = session.execute(text("select action, entity_id, after ->> 'kind' from audit_entry")).one()
    assert entry == ("job.died", poisoned, "test.write")


def test_a_kind_that_nobody_handles_ends_as_a_dead_letter(exchange: Engine) -> None:
    row = enqueue("no.such", max_attempts=1)
    assert work(str(row)) == "dead"
    assert "Nothing here handles jobs of kind no.such" in row_of(row).error


def test_a_job_whose_lease_was_lost_is_undone(exchange: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(row: UUID, _now: Any) -> UUID:
        with transaction() as session:  # the lease runs out and somebody else takes the row
            session.execute(text("update outbox set attempts = attempts + 1 where id = :id"), {"id": row})
        return row

    def note(session: Session, _job: outbox.Job, row: UUID, _now: Any) -> None:
        session.execute(text("insert into threshold values ('late', '1', now(), :id)"), {"id": row})

    handler = Handler(first=lambda _s, job, _n: job.id, outside=slow, inside=note)
    monkeypatch.setitem(handlers.HANDLERS, "test.slow", handler)
    row = enqueue("test.slow")
    assert work(str(row)) == "lost"
    assert written() == [] and row_of(row).state == "taken"


def test_a_mail_goes_out_once_and_is_confirmed(exchange: Engine, mail_server: MailServer) -> None:
    with transaction() as session:
        user = a_user(session, utc_now(), email="pat@example.com", full_name="Pat Example")
        row = mail.request_mail(
            session, "verification", key="1", now=utc_now(), user_id=user.id, sealed={"link": "https://x.example/verify?token=t"}
        )
    assert work(str(row)) == "done" and work(str(row)) == "not_due"
    (letter,) = mail_server.letters
    assert letter["To"] == "Pat Example <pat@example.com>" and letter["Message-ID"].startswith(f"<{row}@")
    with transaction() as session:
        assert session.execute(text("select id, status from email_message")).all() == [(row, "sent")]


def test_a_mail_that_fails_waits_and_is_noted(exchange: Engine, mail_server: MailServer) -> None:
    mail_server.refused["pat@example.com"] = "451 busy"
    with transaction() as session:
        user = a_user(session, utc_now(), email="pat@example.com")
        row = mail.request_mail(
            session, "welcome", key="1", now=utc_now(), user_id=user.id, context={"company": "A", "link": "https://x"}
        )
    assert work(str(row)) == "failed"
    assert "pat@example.com" not in row_of(row).error
    mail_server.refused.clear()
    with transaction() as session:
        session.execute(text("update outbox set run_at = now() - interval '1 s'"))
    assert work(str(row)) == "done"
    with transaction() as session:
        events = session.execute(text("select event, detail from email_event order by id")).all()
    assert events == [("queued", None), ("failed", "SMTPRecipientsRefused"), ("sent", None)]


def test_a_refused_address_is_an_answer_not_a_failure(exchange: Engine, mail_server: MailServer) -> None:
    mail_server.refused["gone@example.com"] = "550 no such user"
    with transaction() as session:
        user = a_user(session, utc_now(), email="gone@example.com")
        row = mail.request_mail(
            session, "welcome", key="1", now=utc_now(), user_id=user.id, context={"company": "A", "link": "https://x"}
        )
    assert work(str(row)) == "done"
    with transaction() as session:
        assert session.execute(text("select status from email_message")).scalar_one() == "bounced"
        assert session.execute(text("select reason from email_suppression")).scalar_one() == "hard bounce"


def test_a_committed_row_stands_on_the_broker_once_urgent_first(diary: list[str]) -> None:
    mail_row = enqueue("test.write", "slow", priority=8)
    urgent = enqueue("test.write", "urgent", priority=0)
    broker.push([outbox.Push(mail_row, 8), outbox.Push(urgent, 0)])
    assert [json.loads(data)["row"] for data in queued_ids()] == [str(urgent), str(mail_row)]


def test_a_forged_message_is_thrown_away(diary: list[str]) -> None:
    row = enqueue("test.write")
    (genuine,) = queued_ids()
    forged = json.loads(genuine) | {"row": str(enqueue("test.write", "2"))}
    huey = broker.broker()
    for data in (json.dumps(forged).encode(), b"\x80\x04cos\nsystem\n", b'["row"]', b"{}"):
        with pytest.raises(broker.ForgedMessage):
            huey.deserialize_task(data)
    task = huey.deserialize_task(genuine)
    assert task.args == (str(row),)
    huey.execute(task)
    assert written() == ["1"]


def test_a_broker_that_is_away_costs_time_only(diary: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    config.settings.cache_clear()
    broker.broker.cache_clear()
    row = enqueue("test.write")
    assert row_of(row).state == "ready" and work(str(row)) == "done"


def test_redis_holds_nothing_but_row_ids(diary: list[str]) -> None:
    enqueue("test.write", "pat@example.com", payload={"note": "secret"}, sealed={"token": "t0ken"})
    stored = b"".join(queued_ids())
    assert redis().dbsize() >= 1 and not any(word in stored for word in (b"pat@", b"secret", b"t0ken"))


def test_a_later_row_waits_for_its_time(diary: list[str]) -> None:
    row = enqueue("test.write", run_at=utc_now() + timedelta(minutes=1))
    assert queued_ids() == [] and work(str(row)) == "not_due"
