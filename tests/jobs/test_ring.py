"""Rows that the database itself added are not left to the relay's next round: their commit rings for it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, text

from core import leads
from core.kit import outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.kit.outbox import Push
from core.kit.redis import redis
from jobs import broker, relay
from jobs.relay import Relay
from jobs.work import work
from tests.core.leads.world import submitted
from tests.eventually import eventually
from tests.jobs.conftest import queued_ids
from tests.jobs.test_story import a_market_day

_ROW = text("""insert into outbox (id, kind, key, payload, run_at, created_at)
               values (:id, 'test.sql', :key, '{}', :at, :at)""")


def rung() -> bool:
    return broker.rung(0.01)


def test_a_commit_that_asked_for_it_rings_once(exchange: Engine) -> None:
    with transaction() as session:
        outbox.wake_after_commit(session)
        assert not rung()
    assert rung() and not rung()
    for _ in range(3):
        broker.wake()
    assert rung() and not rung()


def test_what_was_rolled_back_does_not_ring(exchange: Engine) -> None:
    with pytest.raises(KeyError), transaction() as session:
        outbox.wake_after_commit(session)
        raise KeyError
    with transaction() as session, session.begin_nested():
        session.execute(text("select 1"))
    assert not rung()


def test_a_look_pushes_fresh_rows_only(exchange: Engine) -> None:
    now = utc_now()
    ages = {"old": timedelta(minutes=1), "fresh": timedelta(seconds=1), "later": -timedelta(minutes=1)}
    ids = {name: uuid7() for name in ages}
    with transaction() as session:
        for name, age in ages.items():
            session.execute(_ROW, {"id": ids[name], "key": name, "at": now - age})
    assert relay.look(now=now) == 1
    assert [str(ids["fresh"]).encode() in row for row in queued_ids()] == [True]
    with transaction() as session:
        assert outbox.take(session, ids["fresh"], now=now) is not None
    assert relay.look(now=now) == 0


def sell() -> None:
    """A lead is approved and its distribution carried out; whoever buys is told by a row that SQL adds."""
    world, _ = a_market_day()
    with transaction() as session:
        lead_id = submitted(session, utc_now(), world.niche)
        session.execute(text("update lead set status = 'pending_approval', confirmed_at = now()"))
        leads.approve(session, actor=world.admin, lead_id=lead_id, now=utc_now())
        run = session.execute(text("select id from outbox where kind = 'distribution.run'")).scalar_one()
    assert work(str(run)) == "done"


def test_a_sale_rings(exchange: Engine) -> None:
    sell()
    assert rung()
    redis().flushdb()
    assert relay.look(now=utc_now()) >= 1
    with transaction() as session:
        mail = session.execute(text("select id from outbox where key like 'new_lead:%'")).scalar_one()
    assert any(str(mail).encode() in row for row in queued_ids())


def test_the_relay_hears_it_between_its_rounds_and_stops_when_told(exchange: Engine) -> None:
    stop, row = Event(), uuid7()
    listening = Relay(broker.broker(), stop, 1, False)
    thread = Thread(target=listening._listen, args=(time.monotonic() + 600,))
    thread.start()
    with transaction() as session:
        session.execute(_ROW, {"id": row, "key": "1", "at": utc_now()})
        outbox.wake_after_commit(session)
    eventually(lambda: any(str(row).encode() in queued for queued in queued_ids()))
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_rows_of_many_requests_are_pushed_beside_them(exchange: Engine) -> None:
    rows = [Push(uuid7(), number % 10) for number in range(60)]
    bundles = broker.Bundles()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: bundles.add(rows[number::6]), range(6)))
    storage = broker.broker().storage
    eventually(lambda: storage.queue_size() == len(rows))
    told = [broker.broker().serializer.deserialize(storage.dequeue()).args[0] for _ in rows]
    urgent = {str(row.id): row.priority for row in rows}
    assert set(told) == set(urgent) and [urgent[row] for row in told] == sorted(urgent.values()), "urgent ones first"
