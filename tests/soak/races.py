"""Two hundred workers on the same few slots, killed at random with SIGKILL, while Redis dies, comes back and is emptied.

Whatever happens, no slot is sold twice, no wallet goes below zero, the books sum to zero, what is told of a listing is what
is left of it, and who gets nothing is told why.
"""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType
from uuid import UUID

from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inventory, ledger, marketplace
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.local import LocalRedis
from core.providers import Provider
from tests import builders
from tests.core.distribution.crowd import distribute
from tests.core.marketplace.world import Market, a_market
from tests.eventually import eventually
from tests.soak.racer import Course, Told, race

PACE = 60.0
LONGEST_S = 900.0
REFUSALS = {
    "cart.balance", "cart.bought", "cart.ceiling", "cart.empty", "cart.extended", "cart.full", "cart.gone", "cart.held",
    "cart.lapsed", "cart.refused", "distribution.not_approved", "listing.not_found", "listing.taken",
}  # fmt: skip
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.soak.warm"])


@dataclass(frozen=True, slots=True)
class Size:
    """How many workers do how many actions each over how many leads; so many of them are killed, and Redis so often."""

    workers: int = 200
    leads: int = 50
    companies: int = 40
    actions: int = 12
    kills: int = 40
    outages: int = 4


@dataclass(slots=True)
class Result:
    """What came of a race: answers by verb and outcome, what happened to it, and every rule that did not hold."""

    answers: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    outages: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Field:
    """The world of a race as it was before the start."""

    slots: dict[UUID, int]
    companies: list[Actor]
    money: dict[UUID, int]


def run(url: str, redis: LocalRedis, size: Size, *, seed: int, now: datetime) -> Result:
    """Race in the database that ``transaction()`` opens, whose address is ``url``, and look at what is left."""
    chance, result = random.Random(seed), Result()
    with transaction() as session:
        ground = _prepare(a_market(session, now), size, chance)
    course = Course(url, redis.start(), tuple(ground.slots), tuple(ground.companies), now, time.time(), PACE, size.actions)
    with _ready(course, size.workers, chance) as running:
        began = time.monotonic()
        for pipe in running:
            pipe.send(None)
        _watch(running, course, redis, size, chance, result)
        result.seconds = round(time.monotonic() - began, 1)
    _settle(course)
    with transaction() as session:
        result.faults += _faults(session, ground, result)
    return result


def _prepare(market: Market, size: Size, chance: random.Random) -> Field:
    """Leads on sale with one to three places; companies with little, some and much money, half of them subscribed."""
    companies, money = [], {}
    for number in range(size.companies):
        cents = chance.choice((6_000, 40_000, 400_000))
        company = market.buyer(balance_cents=cents, plan="pro" if number % 4 == 0 else None)
        assert company.provider_id
        money[company.provider_id] = cents
        companies.append(company)
        if number % 2:
            _subscribe(market, company.provider_id)
        elif number % 6 == 0:
            marketplace.set_ceilings(market.session, actor=company, day_cents=20_000, now=market.now)
    slots = {market.listed(slots=1 + number % 3).id: 1 + number % 3 for number in range(size.leads)}
    marketplace.publish(market.session, lead_ids=list(slots), now=market.now)
    return Field(slots, companies, money)


def _subscribe(market: Market, provider_id: UUID) -> None:
    provider = market.session.get_one(Provider, provider_id)
    builders.a_subscription(market.session, market.now, provider, market.world.levels[0])


Running = dict[Connection, BaseProcess]


@contextmanager
def _ready(course: Course, workers: int, chance: random.Random) -> Iterator[Running]:
    """Workers that wait for the start, every one connected; whoever still runs at the end is killed."""
    running: Running = {}
    try:
        for _ in range(workers):
            _start(running, course, chance)
        for pipe in running:
            pipe.recv()
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.join()


def _start(running: Running, course: Course, chance: random.Random) -> Connection:
    ours, its = FORKS.Pipe()
    process = FORKS.Process(target=race, args=(course, chance.randrange(10**9), its))
    with _no_main():
        process.start()
    its.close()
    running[ours] = process
    return ours


@contextmanager
def _no_main() -> Iterator[None]:
    """A new process runs our main module first; whoever tested a page before has left the whole app in its place."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _watch(running: Running, course: Course, redis: LocalRedis, size: Size, chance: random.Random, result: Result) -> None:
    """Listen until every worker is done; meanwhile kill some, each replaced by another, and Redis, at random moments."""
    expected = size.workers * size.actions
    deaths = sorted(chance.sample(range(expected), min(size.kills, expected)), reverse=True)
    outages = sorted(chance.sample(range(expected), min(size.outages, expected)), reverse=True)
    heard, until = 0, time.monotonic() + LONGEST_S
    while running:
        assert time.monotonic() < until, "the race does not end"
        for pipe in wait(list(running), timeout=1):
            assert isinstance(pipe, Connection)
            if not _listen(pipe, running, result):
                continue
            heard += 1
            if deaths and heard > deaths[-1]:
                deaths.pop()
                _kill_one(running, course, chance, result)
            if outages and heard > outages[-1]:
                outages.pop()
                _trouble(redis, chance, result)


def _listen(pipe: Connection, running: Running, result: Result) -> bool:
    """One answer of a worker; ``False`` when it has no more to say."""
    if pipe not in running:
        return False  # killed while its answer was on the way
    try:
        told: Told | None = pipe.recv()
    except (EOFError, OSError):
        running.pop(pipe).join()
        return False
    if told is None:
        return False  # it took the place of one that was killed, and is ready
    result.answers[f"{told.verb}: {told.outcome}"] += 1
    if told.outcome not in ("done", "repeated") and not (told.outcome in REFUSALS and told.sentences and all(told.sentences)):
        result.faults.append(f"{told.verb}: {told.outcome} {told.sentences}")
    return True


def _kill_one(running: Running, course: Course, chance: random.Random, result: Result) -> None:
    pipe = chance.choice(list(running))
    process = running.pop(pipe)
    process.kill()
    process.join()
    pipe.close()
    if process.exitcode == -signal.SIGKILL:  # else it had just finished by itself
        result.killed += 1
    _start(running, course, chance).send(None)


def _trouble(redis: LocalRedis, chance: random.Random, result: Result) -> None:
    """Redis forgets everything, or dies and comes back empty."""
    result.outages += 1
    if chance.random() < 0.3:
        Redis.from_url(redis.url()).flushall()
        return
    pid = redis.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: redis.pid() is None)
    redis.start()


def _settle(course: Course) -> None:
    """What the schedule would do once everybody has gone: finish runs that were cut short, give back holds."""
    later = course.moment() + timedelta(hours=2)
    with transaction() as session:
        unfinished = list(
            session.scalars(text("select distinct lead_id from distribution_run where state = 'started' order by 1"))
        )
    for lead_id in unfinished:
        distribute(lead_id, later)
    with transaction() as session:
        while marketplace.sweep_holds(session, now=later):
            pass


_COPIES = text("""
    select count(*) from on_sale o cross join places_of(o.lead_id) s
     where (o.places, o.free, o.held_until) is distinct from (s.places, s.free, s.held_until)""")
_SPENT = text("""
    select w.provider_id, w.balance_cents,
           coalesce((select sum(a.price_cents) from assignment a where a.provider_id = w.provider_id), 0)
      from wallet w""")
_CEILINGS = text("""
    select count(*) from provider_spend s join spend_ceiling c using (provider_id) where s.cents > c.day_cents""")


def _faults(session: Session, ground: Field, result: Result) -> list[str]:
    """Every rule that does not hold at the end."""
    found = [f"{each.name}: {each.detail}" for each in (*ledger.verify(session), *inventory.verify(session)) if not each.ok]
    sold = session.execute(
        text("select lead_id, count(*) filter (where state = 'sold'), count(*) from slot group by lead_id")
    ).all()
    found += [
        f"lead {lead} sold {times} times of {ground.slots[lead]}" for lead, times, all_ in sold if all_ > ground.slots[lead]
    ]
    found += [
        f"company {provider}: {balance} left after {spent} of {ground.money[provider]}"
        for provider, balance, spent in session.execute(_SPENT)
        if balance < 0 or balance + spent != ground.money[provider]
    ]
    told, kept = result.answers["buy: done"], session.execute(text("select count(*) from checkout")).scalar_one()
    if not told <= kept <= told + result.killed:
        found.append(f"{told} checkouts were told, {kept} kept, {result.killed} workers killed")
    for words, query in (("listings whose copy differs", _COPIES), ("days beyond their ceiling", _CEILINGS)):
        if wrong := session.execute(query).scalar_one():
            found.append(f"{wrong} {words}")
    return found
