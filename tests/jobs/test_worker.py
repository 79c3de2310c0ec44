"""Real workers in processes of their own: killed, doubled, robbed of Redis (SPEC 13.1)."""

import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from redis import ConnectionError as RedisConnectionError
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.kit import mail, outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.redis import redis
from jobs import relay
from jobs.schedule import SCHEDULE
from jobs.work import work
from jobs.worker import RedisAway
from tests.builders import a_user
from tests.eventually import eventually
from tests.jobs.conftest import StartWorker, kill, queued_ids, row_of, until_state
from tests.mailserver import MailServer


def a_mail(key: str = "1") -> UUID:
    with transaction() as session:
        user = a_user(session, utc_now())
        context = {"company": "Desert Roofing", "link": "https://x.example/"}
        row = mail.request_mail(session, "welcome", key=key, now=utc_now(), user_id=user.id, context=context)
    assert row is not None
    return row


def messages() -> list[tuple[UUID, str]]:
    with transaction() as session:
        return [(row.id, row.status) for row in session.execute(text("select id, status from email_message order by id"))]


def test_a_worker_does_what_is_committed_and_what_the_clock_asks(mail_server: MailServer, start_worker: StartWorker) -> None:
    worker = start_worker()
    row = a_mail()
    until_state(row, "done")
    assert messages() == [(row, "sent")] and len(mail_server.letters) == 1
    query = text("select kind from outbox where kind like 'schedule.%' and state = 'done'")

    def scheduled() -> set[str]:
        with transaction() as session:
            return set(session.execute(query).scalars())

    eventually(lambda: {"schedule.seal", "schedule.clean_queue"} <= scheduled())
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=15) == 0


def test_a_worker_killed_between_commit_and_mail_loses_no_mail(mail_server: MailServer, start_worker: StartWorker) -> None:
    mail_server.hold()  # the server takes the connection and stays silent
    worker = start_worker()
    row = a_mail()
    until_state(row, "taken")
    eventually(mail_server.is_asked)
    kill(worker)
    assert messages() == [(row, "queued")] and mail_server.letters == []
    mail_server.release()
    with transaction() as session:  # as if the lease had run out
        session.execute(text("update outbox set lease_until = now() - interval '1 s' where id = :id"), {"id": row})
    start_worker()
    until_state(row, "done")
    assert messages() == [(row, "sent")] and len(mail_server.letters) == 1


def test_a_mail_server_that_says_nothing_keeps_nobody_else_waiting(mail_server: MailServer, start_worker: StartWorker) -> None:
    mail_server.hold()
    mails = [a_mail(str(number)) for number in range(12)]
    with transaction() as session:
        other = outbox.enqueue(session, "export.recall", key="1", now=utc_now())  # as urgent as they, and after them
    start_worker()
    eventually(mail_server.is_asked)
    until_state(other, "done")
    assert mail_server.letters == []
    mail_server.release()
    for row in mails:
        until_state(row, "done")
    assert len({letter["Message-ID"] for letter in mail_server.letters}) == len(mails) == len(mail_server.letters)


def test_a_flushed_redis_is_filled_again_from_the_rows(mail_server: MailServer, start_worker: StartWorker) -> None:
    rows = [a_mail(str(number)) for number in range(3)]
    assert len(queued_ids()) == 3
    redis().flushdb()
    start_worker()
    for row in rows:
        until_state(row, "done")
    assert len(mail_server.letters) == 3


def test_neither_a_poisoned_job_nor_a_forged_message_stops_a_worker(exchange: Engine, start_worker: StartWorker) -> None:
    redis().zadd("huey.redis.hotleads", {bytes(8) + b'{"row": "1", "signature": "x"}': -9, bytes(8) + b"\x80\x04.": -9})
    with transaction() as session:
        poisoned = outbox.enqueue(session, "no.such", key="1", now=utc_now(), max_attempts=2, priority=0)
    assert poisoned is not None
    start_worker()
    until_state(a_mail(), "done")
    first = eventually(lambda: row if (row := until_state(poisoned, "ready", "dead")).attempts else None)
    assert first.state == "ready"
    with transaction() as session:  # as if its delay were over
        session.execute(text("update outbox set run_at = now() where id = :id"), {"id": poisoned})
    dead = until_state(poisoned, "dead")
    assert dead.attempts == 2 and "no.such" in dead.error


DEADLY = """
import os
from jobs import handlers
die = lambda *_: os.kill(os.getpid(), 9)
handlers.HANDLERS["test.within"] = handlers.Handler(inside=die)
handlers.HANDLERS["test.outside"] = handlers.Handler(first=lambda *_: None, outside=die, inside=die)
"""


@pytest.mark.parametrize("kind", ["test.within", "test.outside"])
def test_a_job_that_kills_its_worker_is_buried_and_the_others_go_on(
    exchange: Engine, start_worker: StartWorker, kind: str
) -> None:
    with transaction() as session:
        row = outbox.enqueue(session, kind, key="1", now=utc_now(), max_attempts=2, priority=0)
    assert row is not None
    start_worker(DEADLY)
    first = eventually(lambda: found if (found := row_of(row)).error else None)
    assert (first.state, first.attempts) == ("ready", 1) and "ended with code -9" in first.error
    with transaction() as session:  # as if its delay were over
        session.execute(text("update outbox set run_at = now() where id = :id"), {"id": row})
    dead = until_state(row, "dead")
    assert dead.attempts == 2 and "WorkerDied" in dead.error
    until_state(a_mail(), "done")


def test_a_job_whose_tries_all_vanished_with_their_workers_is_buried(exchange: Engine) -> None:
    with transaction() as session:
        row = outbox.enqueue(session, "health.probe", key="1", now=utc_now(), payload={"minute": "x"}, max_attempts=2)
        assert row is not None
        for _ in range(2):  # whole machines, so that no parent was left to tell
            assert outbox.take(session, row, now=utc_now(), lease=timedelta(0))
    assert work(str(row)) == "dead" and "Each try took its worker along" in row_of(row).error


def test_a_redis_that_is_away_is_told_once_a_minute_in_words() -> None:
    away, other = (RedisConnectionError("Error 111"), ValueError("a message that is no row of ours"))
    said = RedisAway()
    first, second, third = (
        logging.LogRecord("huey", logging.ERROR, __file__, 1, "Error reading from queue", (), (type(error), error, None))
        for error in (away, away, other)
    )
    assert [said.filter(line) for line in (first, second, third)] == [True, False, True]
    assert "Check REDIS_URL" in first.getMessage() and first.exc_info is None
    assert third.exc_info is not None, "what else goes wrong is told whole"


def test_two_relays_add_each_slot_once(exchange: Engine, now: datetime) -> None:
    together = Barrier(2)

    def ticks(known: dict[str, datetime]) -> None:
        for number in range(20):
            together.wait(timeout=20)
            relay.tick(known, now=now + timedelta(seconds=10 * number))
            with transaction() as session:  # as if workers were done at once
                session.execute(text("update outbox set state = 'done', finished_at = now() where state = 'ready'"))

    with ThreadPoolExecutor(2) as pool:
        for relaying in [pool.submit(ticks, {}), pool.submit(ticks, {})]:
            relaying.result()
    with transaction() as session:
        slots = session.execute(text("select kind, payload ->> 'slot' from outbox")).all()
    assert len(slots) == len(set(slots))
    assert len([kind for kind, _ in slots if kind == "schedule.seal"]) == 20


def test_a_slot_whose_commit_failed_is_added_by_the_next_round(exchange: Engine, now: datetime) -> None:
    known: dict[str, datetime] = {}

    def ended(session: Session) -> None:  # the server goes away between the rows and their commit
        session.execute(text("set local role hotleads"))
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    event.listen(Session, "before_commit", ended)
    try:
        with pytest.raises(OperationalError):
            relay.tick(known, now=now)
    finally:
        event.remove(Session, "before_commit", ended)
    relay.tick(known, now=now)
    with transaction() as session:
        added = set(session.execute(text("select kind from outbox")).scalars())
    assert {f"schedule.{name}" for name in SCHEDULE} == added


def test_what_a_clock_that_was_ahead_put_off_is_done_when_it_is_right_again(exchange: Engine, now: datetime) -> None:
    ahead = now + timedelta(hours=3)
    relay.tick({}, now=ahead)
    with transaction() as session:
        failed, taken, later = (
            outbox.enqueue(session, "health.probe", key=key, now=moment, payload={}, run_at=now + timedelta(days=more))
            for key, moment, more in (("failed", now, 0), ("taken", now, 0), ("later", now, 1))
        )
        assert failed and taken and later
        job = outbox.take(session, failed, now=ahead)
        assert job and outbox.fail(session, job, error="x", now=ahead) == "ready"
        assert outbox.take(session, taken, now=ahead)
    relay.tick({}, now=now)
    due = text("select kind, key from outbox where state = 'ready' and run_at <= :now or lease_until <= :soon")
    with transaction() as session:
        found = {(row.kind, row.key) for row in session.execute(due, {"now": now, "soon": now + outbox.LEASE})}
    assert {("schedule.seal", "open"), ("health.probe", "failed"), ("health.probe", "taken")} <= found
    assert ("health.probe", "later") not in found
    with transaction() as session:
        assert outbox.take(session, failed, now=now)


def test_a_slot_is_added_once_even_when_its_row_is_long_done(exchange: Engine, now: datetime) -> None:
    relay.tick({}, now=now)
    with transaction() as session:
        names = session.execute(text("select kind from outbox order by kind")).scalars().all()
        session.execute(text("update outbox set state = 'done', finished_at = now()"))
    assert "schedule.seal" in names and "schedule.reconcile" in names and len(names) == len(set(names))
    relay.tick({}, now=now)
    with transaction() as session:
        assert session.execute(text("select count(*) from outbox")).scalar_one() == len(names)
    relay.tick({}, now=now + timedelta(seconds=10))
    with transaction() as session:
        ready = set(session.execute(text("select kind from outbox where state = 'ready'")).scalars())
    assert "schedule.seal" in ready and "schedule.reconcile" not in ready and ready < set(names)
