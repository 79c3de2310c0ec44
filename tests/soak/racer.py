"""One worker of a race: holds, buys, lets go and distributes until it has done its share or is killed. A process of its own."""

import os
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import text

import core.tables  # noqa: F401
from core import marketplace
from core.kit import config, db, redis
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from tests.core.distribution.crowd import distribute

VERBS = {"hold": 45, "buy": 25, "push": 12, "release": 6, "extend": 6, "search": 4, "sweep": 2}  # how often, of 100


@dataclass(frozen=True, slots=True)
class Course:
    """What is raced for, and with whose money; ``pace`` seconds go by for each one of the clock, so that holds run out."""

    url: str
    redis_url: str
    leads: tuple[UUID, ...]
    companies: tuple[Actor, ...]
    start: datetime
    made: float  # seconds since 1970
    pace: float
    actions: int

    def moment(self) -> datetime:
        """The time of the race."""
        return self.start + timedelta(seconds=(time.time() - self.made) * self.pace)


class Told(NamedTuple):
    """What came of one action: ``done``, ``repeated`` (an answer given before), the code of a refusal, or ``fault``."""

    verb: str
    outcome: str
    sentences: tuple[str, ...] = ()


def race(course: Course, seed: int, told: Connection) -> None:
    """Be ready, wait for the start, do this worker's share, and tell what came of each action."""
    os.environ |= {"HOTLEADS_ENV": "test", "DATABASE_URL": course.url, "REDIS_URL": course.redis_url}
    for cached in (config.settings, db.engine, redis.redis):
        cached.cache_clear()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # that Redis is away is what is tried here
    with transaction() as session:
        session.execute(text("select 1"))
    try:
        told.send(None)
        told.recv()
    except (EOFError, OSError):
        return  # whoever started the race has gone
    chance = random.Random(seed)
    for turn in range(course.actions):
        told.send(act(course, chance, f"{seed}:{turn}"))
    told.close()


def act(course: Course, chance: random.Random, key: str) -> Told:
    """One thing that a company or a job does."""
    verb = chance.choices(list(VERBS), list(VERBS.values()))[0]
    company, lead = chance.choice(course.companies), chance.choice(course.leads)
    # Now and then two presses share a key, as they do when an answer was lost on its way.
    shared = f"shared:{chance.randrange(20)}"
    try:
        done = _do(verb, company, lead, course.moment(), shared if chance.random() < 0.2 else key)
        return Told(verb, "repeated" if isinstance(done, marketplace.Checkout) and done.repeated else "done")
    except marketplace.CheckoutRefused as refusal:
        return Told(verb, refusal.code, (refusal.message, *refusal.reasons.values()))
    except HotleadsError as refusal:
        return Told(verb, refusal.code, (refusal.message,))
    except Exception as error:
        return Told(verb, "fault", (repr(error),))


def _do(verb: str, company: Actor, lead: UUID, now: datetime, key: str) -> object:
    if verb == "push":
        return distribute(lead, now)
    with transaction() as session:
        match verb:
            case "hold":
                return marketplace.hold(session, actor=company, lead_id=lead, now=now)
            case "buy":
                return marketplace.checkout(session, actor=company, idempotency_key=key, now=now)
            case "release":
                return marketplace.release_hold(session, actor=company, lead_id=lead, now=now)
            case "extend":
                return marketplace.extend_hold(session, actor=company, lead_id=lead, now=now)
            case "search":
                return marketplace.search(session, actor=company, query=marketplace.SearchQuery(), now=now)
            case _:
                return marketplace.sweep_holds(session, now=now)
