"""The order in which history is loaded: one list of events per part, the same whenever it is asked for.

The two sides of the market share no company and no niche, so they can be loaded beside each other; the story,
which comes first, is what went on sale on the last day, their first hours, and the requests of the last day that wait
for the person at the screen.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from demo import questions
from demo.companies import SIDES, Company, Side
from demo.memberships import fee_days, tier
from demo.requests import Request
from demo.rhythm import DAYS
from demo.world import World

Part = Literal["story", "homes", "trades"]
Kind = Literal["join", "top_up", "fee", "pause", "resume", "suspend", "ask", "request", "sweep"]
PARTS: tuple[Part, ...] = ("story", "homes", "trades")
STORY_HOURS = 20
EXPIRY = timedelta(days=7, hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens: to a company, to a request, to one side of the market, or to the exchange as a whole."""

    at: datetime
    kind: Kind
    company: Company | None = None
    request: Request | None = None
    side: Side | None = None


def timeline(world: World, part: Part) -> list[Event]:
    """The events of one part, in order."""
    story_ends = world.now - timedelta(days=DAYS) + timedelta(hours=STORY_HOURS)
    events = [event for side in SIDES for event in _of_side(world, side) if part in ("story", side)]
    chosen = [event for event in events if (part == "story") == (event.at < story_ends or _is_fresh(event))]
    if part == "story":  # the daily events belong to the sides
        chosen += [Event(story_ends + EXPIRY, "sweep"), Event(world.now - timedelta(hours=1), "sweep")]
    return sorted(chosen, key=lambda event: (not _is_on_the_shelf(event), event.at))


def _is_fresh(event: Event) -> bool:
    return event.request is not None and event.request.fresh


def _is_on_the_shelf(event: Event) -> bool:
    """Approved on the last day: loaded before any company has joined, so no subscription takes it and the marketplace has
    something to sell from the first second."""
    return _is_fresh(event) and event.request is not None and event.request.fate == "sold"


def _of_side(world: World, side: Side) -> Iterator[Event]:
    for company in world.companies:
        if company.side == side:
            yield from _of_company(world, company)
    mine = [request for request in world.requests if request.niche in SIDES[side]]
    settled = {(r.niche, r.household): r.settled_at for r in mine if r.fate != "duplicate"}
    for request in mine:
        # A repeat comes after the first request has been settled, even when that took a night.
        again = request.fate == "duplicate"
        after = settled[request.niche, request.household] + timedelta(seconds=1) if again else request.at
        yield Event(max(request.settled_at, after), "request", request=request)
    for day in range(1, DAYS + 1):
        yield Event(world.now - timedelta(days=DAYS - day), "sweep", side=side)


def _of_company(world: World, company: Company) -> Iterator[Event]:
    rng = random.Random(f"{world.seed}:days:{company.number}")
    joined = world.now - timedelta(days=company.joined_days_ago)
    yield Event(joined, "join", company=company)
    if not company.activated:
        return
    at, every = joined, {"steady": (3, 7), "careless": (9, 20), "leaving": (500, 500)}[company.funding]
    while (at := at + timedelta(days=rng.uniform(*every))) < world.now:
        yield Event(at, "top_up", company=company)
    if tier(company):
        yield from (Event(at, "fee", company=company) for at in fee_days(joined) if at < world.now)
    yield from (Event(at, "ask", company=company) for at in questions.moments(company, joined, seed=world.seed, now=world.now))
    if company.number > 8 and rng.random() < 0.12 and company.joined_days_ago > 30:
        away = joined + (world.now - joined) * rng.uniform(0.2, 0.7)
        yield Event(away, "pause", company=company)
        yield Event(away + timedelta(days=rng.uniform(4, 14)), "resume", company=company)
    if company.suspended:
        yield Event(world.now - timedelta(days=rng.uniform(3, 20)), "suspend", company=company)
