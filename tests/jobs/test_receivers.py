"""Receivers that are slow, flapping, down for a day or malicious, by the real jobs and over real connections (SPEC 7.7).

Nothing is lost, nothing is blocked, and what one receiver does is nothing to the others.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import Engine, text

from core import delivery
from core.delivery import calls
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from jobs import aside, work
from tests import builders
from tests.core.inbox.conftest import World, a_world, sold
from tests.eventually import eventually
from tests.receiver import Receiver, drips, endless, hangs_up, own_certificate, running_receiver, says

TAKING = ("steady", "slow", "gigabyte")
RECOVERING = ("flapping", "down")
HOPELESS = ("redirects", "drips", "drips_head", "private", "wrong_tls")
ENDLESS = ("drips", "drips_head")


class Exchange:
    """A company with one endpoint for each way to behave, and the receiver behind them."""

    def __init__(self, receiver: Receiver, addresses: dict[str, str], now: datetime) -> None:
        self.receiver = receiver
        with transaction() as session:
            self.world: World = a_world(session, now)
            company = self.world.ann.provider.id
            self.owner = Actor(
                builders.a_user(session, now, role="provider", provider_id=company, owner=True).id, "provider", company
            )
            self.endpoints: dict[str, UUID] = {
                name: delivery.add_endpoint(session, actor=self.owner, name=name, url=url, now=now).endpoint.id
                for name, url in addresses.items()
            }

    def sell(self, many: int, now: datetime) -> set[str]:
        with transaction() as session:
            return {str(sold(session, now, self.world, self.world.ann).id) for _ in range(many)}

    def states(self, name: str) -> Counter[str]:
        with transaction() as session:
            rows = delivery.deliveries(session, actor=self.owner, endpoint_id=self.endpoints[name], limit=100)
        return Counter(row.state for row in rows)

    def told(self, name: str) -> list[tuple[str, str]]:
        """Delivery and lead of each request that came for this endpoint."""
        heard = [one for one in self.receiver.heard if one.path == f"/{name}"]
        return [(one.headers["Hotleads-Delivery"], json.loads(one.body)["lead"]["id"]) for one in heard]


@pytest.fixture
def exchange(database: Engine, receiver: Receiver, tmp_path: Path) -> Iterator[Exchange]:
    root = receiver.url.removesuffix("/leads")
    up_and_down = iter([says(500), says(200), says(500), hangs_up, says(200), says(500)] + [says(200)] * 9)
    receiver.ways |= {
        "/slow": lambda handler: (receiver.closing.wait(0.1), says(200)(handler))[1],
        "/flapping": lambda handler: next(up_and_down)(handler),
        "/down": hangs_up,
        "/gigabyte": endless,
        "/redirects": says(302, Location=f"{root}/redirects"),
        "/drips": drips(receiver.closing, head=False),
        "/drips_head": drips(receiver.closing, head=True),
    }
    with running_receiver(own_certificate(tmp_path)) as other:
        addresses = {name: f"{root}/{name}" for name in TAKING + RECOVERING + HOPELESS}
        # Our own network, by another name.
        addresses["private"] = f"{root.replace('http://127.0.0.1', 'https://localhost')}/private"
        addresses["wrong_tls"] = other.url.replace("/leads", "/wrong_tls")
        yield Exchange(receiver, addresses, utc_now())
        assert other.heard == [], "who can't prove its name is told nothing"


def due(now: datetime) -> list[tuple[str, UUID]]:
    wanted = text("""select id::text, cast(payload ->> 'endpoint_id' as uuid) from outbox
                      where kind = 'webhook.drain' and state = 'ready' and run_at <= :now order by run_at, id""")
    with transaction() as session:
        return [(row[0], row[1]) for row in session.execute(wanted, {"now": now})]


def drive(exchange: Exchange, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job that is due at the moment, until none is."""
    endless_ones = {exchange.endpoints[name] for name in ENDLESS}
    with time_machine.travel(moment, tick=False):
        while rows := due(moment):
            for row, endpoint in rows:
                monkeypatch.setattr(calls, "LONGEST_S", 0.2 if endpoint in endless_ones else 60.0)
                assert work.work(row) == "done", "whatever a receiver does is an answer, and no failure of the job"


def test_what_one_receiver_does_is_nothing_to_the_others_and_nothing_is_lost(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = utc_now()
    made = exchange.sell(3, began)
    drive(exchange, began, monkeypatch)
    for name in TAKING:
        assert exchange.states(name) == {"delivered": 3}, (name, "in the first round, whatever the others do")
        assert {lead for _, lead in exchange.told(name)} == made
    for after in (timedelta(minutes=1), timedelta(hours=1), timedelta(hours=16)):
        drive(exchange, began + after, monkeypatch)
        assert exchange.states("down") == {"waiting": 3}
    made |= exchange.sell(1, began + timedelta(hours=24))
    exchange.receiver.ways["/down"] = says(200)  # a day later it is back
    for after in (timedelta(hours=24), timedelta(hours=25, minutes=1), timedelta(hours=26, minutes=2)):
        drive(exchange, began + after, monkeypatch)
    for name in TAKING + RECOVERING:
        assert exchange.states(name) == {"delivered": 4}, name
        told = exchange.told(name)
        assert {lead for _, lead in told} == made and len(set(told)) == 4, "one id for each, however often it was tried"
    for name in HOPELESS:
        assert exchange.states(name) == {"waiting": 4}, name
    assert not exchange.told("private")

    gone = began + timedelta(hours=74)
    drive(exchange, gone, monkeypatch)
    with transaction() as session:
        off = {one.name for one in delivery.list_endpoints(session, actor=exchange.owner) if not one.active}
        mails = session.scalar(text("select count(*) from outbox where payload ->> 'template' = 'webhook_disabled'"))
    assert off == set(HOPELESS) and mails == len(HOPELESS), "switched off and told of, each once"
    mend(exchange, gone)
    drive(exchange, gone, monkeypatch)
    for name in HOPELESS:
        assert exchange.states(name) == {"failed": 4, "delivered": 4}, name
        assert {lead for _, lead in exchange.told(f"mended_{name}")} == made


def mend(exchange: Exchange, now: datetime) -> None:
    """Give each that was switched off an address that works, and have all of it told again."""
    root, owner = exchange.receiver.url.removesuffix("/leads"), exchange.owner
    for name in HOPELESS:
        assert exchange.states(name) == {"failed": 4}, (name, "given up, and kept")
        endpoint = exchange.endpoints[name]
        with transaction() as session:
            delivery.edit_endpoint(session, actor=owner, endpoint_id=endpoint, url=f"{root}/mended_{name}", now=now)
            delivery.switch_endpoint(session, actor=owner, endpoint_id=endpoint, active=True, now=now)
            assert delivery.replay_failed(session, actor=owner, endpoint_id=endpoint, now=now) == 4


def test_a_receiver_that_keeps_us_waiting_keeps_no_worker(
    database: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def stuck(handler: BaseHTTPRequestHandler) -> None:
        let_go.wait()
        says(200)(handler)

    receiver.ways["/stuck"] = stuck
    root = receiver.url.removesuffix("/leads")
    exchange = Exchange(receiver, {name: f"{root}/{name}" for name in ("stuck", "steady")}, utc_now())
    exchange.sell(1, utc_now())
    rows = {endpoint: row for row, endpoint in due(utc_now())}
    first, second = (rows[exchange.endpoints[name]] for name in ("stuck", "steady"))
    monkeypatch.setattr(aside, "_own", {"receivers": aside.Aside(1)})
    try:
        assert work.work(first) == "aside", "the worker goes on at once"
        eventually(lambda: exchange.told("stuck"))
        assert work.work(second) == "not_due", "no thread is left: it stays in its row"
        monkeypatch.setattr(aside, "_own", {"receivers": (two := aside.Aside(2))})
        assert work.work(second) == "aside"
        two.close()
        assert exchange.states("steady") == {"delivered": 1}, "while the other one still waits"
    finally:
        let_go.set()
    eventually(lambda: exchange.states("stuck") == {"delivered": 1} or not due(utc_now()))
    with transaction() as session:
        (row,) = delivery.deliveries(session, actor=exchange.owner, endpoint_id=exchange.endpoints["stuck"])
    assert row.state in ("delivered", "waiting"), "taken, or to be tried again"
