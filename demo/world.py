"""The demo market as plain data: the same seed and moment give the same companies and requests, always."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from demo.answers import answers_to
from demo.companies import COMPANY_COUNT, Company, companies
from demo.people import Household, households
from demo.places import AREAS, Area
from demo.requests import AGENTS, CAMPAIGNS, Fate, Request, repeat_of, with_life
from demo.rhythm import arrivals
from demo.spam import spam_rings

REQUESTS = 3000
NICHES = {"home-seller": 0.27, "home-buyer": 0.23, "roofing": 0.22, "hvac": 0.28}
FATES: dict[Fate, float] = {"sold": 0.73, "unconfirmed": 0.17, "rejected": 0.08, "withdrawn": 0.02}
REPEATS, SPAM = 0.07, 0.06  # shares of all requests
# Requests of the last day that are there from the first second, so that the story can be played at once.
FRESH: tuple[Fate, ...] = ("withdrawn",) * 3 + ("rejected",) * 4 + ("unconfirmed",) * 6 + ("waiting",) * 18
FRESH_REPEATS, FRESH_EXPIRED, ON_THE_SHELF = 4, 2, 16

Schemas = Mapping[str, Mapping[str, Any]]  # niche slug -> its form


@dataclass(frozen=True, slots=True)
class World:
    """Everything that happens in the demo market until ``now``; requests in the order they are made."""

    seed: int
    now: datetime
    companies: tuple[Company, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class _Opening:
    """A request to be: where, about what, when, and what becomes of it."""

    area: Area
    niche: str
    at: datetime
    fate: Fate
    fresh: bool = False


def world(schemas: Schemas, *, seed: int, now: datetime, size: int = REQUESTS) -> World:
    """The world of one seed, seen at one moment: ``size`` requests in all, and companies in proportion."""
    rng = random.Random(f"hotleads demo {seed}")
    firms, homes = companies(rng, min(COMPANY_COUNT, max(16, size // 25))), households(rng)
    spam = spam_rings(rng, now=now, size=round(size * SPAM), schemas=schemas)
    repeats = round(size * REPEATS)
    openings = _openings(rng, now=now, count=size - len(spam) - repeats)
    honest = _honest(rng, openings, homes, schemas, now=now)
    again = _repeats(rng, honest, count=repeats, now=now)
    in_order = sorted([*honest, *again, *spam], key=lambda request: (request.at, request.phone, request.email))
    return World(seed=seed, now=now, companies=tuple(firms), requests=_numbered(in_order))


def _openings(rng: random.Random, *, now: datetime, count: int) -> list[_Opening]:
    fates, weights = list(FATES), list(FATES.values())
    expired = [replace(_fresh_opening(rng, "unconfirmed", now), at=now - timedelta(days=7.3)) for _ in range(FRESH_EXPIRED)]
    fresh = expired + [_fresh_opening(rng, fate, now) for fate in FRESH]
    others = random.Random(f"shelf:{now.isoformat()}")  # drawn apart: a small market has no room for them and stays as it is
    fresh += [_fresh_opening(others, "sold", now) for _ in range(ON_THE_SHELF)]
    fresh = fresh[: count // 2]
    cells = [(area, niche) for area in AREAS for niche in NICHES]
    shares = [area.share * NICHES[niche] for area, niche in cells]
    chosen = rng.choices(cells, shares, k=count - len(fresh))
    openings = []
    for area, niche in cells:
        moments = arrivals(rng, market=area.slug, timezone=area.timezone, niche=niche, count=chosen.count((area, niche)), now=now)
        openings += [_Opening(area, niche, at, rng.choices(fates, weights)[0]) for at in moments]
    return openings + fresh


def _fresh_opening(rng: random.Random, fate: Fate, now: datetime) -> _Opening:
    area = rng.choices(AREAS, [area.share for area in AREAS])[0]
    hours = rng.uniform(5, 20) if fate in ("rejected", "withdrawn", "sold") else rng.uniform(0.3, 18)
    return _Opening(area, rng.choice(list(NICHES)), now - timedelta(hours=hours), fate, fresh=True)


def _honest(
    rng: random.Random, openings: list[_Opening], homes: list[Household], schemas: Schemas, *, now: datetime
) -> list[Request]:
    """One request per opening, each by a household that asks only once in its niche."""
    made, texts, takers = [], set[str](), dict[tuple[str, str], list[Household]]()
    for opening in sorted(openings, key=lambda opening: (opening.at, opening.area.slug, opening.niche)):
        cell = (opening.area.slug, opening.niche)
        if cell not in takers:
            takers[cell] = _takers(rng, homes, *cell)
        request = _request(rng, opening, takers[cell].pop(), schemas[opening.niche], texts)
        made.append(with_life(rng, request, now=now))
    return made


def _takers(rng: random.Random, homes: list[Household], market: str, niche: str) -> list[Household]:
    """The households that may ask in a niche, in random order: owners, except for who wants to buy."""
    able = [home for home in homes if home.market == market and (home.owns or niche == "home-buyer")]
    rng.shuffle(able)
    return able


def _request(rng: random.Random, opening: _Opening, home: Household, schema: Mapping[str, Any], texts: set[str]) -> Request:
    member = rng.choice((0, 0, 1))
    _, lift, attribution = rng.choices(CAMPAIGNS, [share for share, *_ in CAMPAIGNS])[0]
    appeal = min(0.98, max(0.02, rng.betavariate(3.2, 2.8) + lift - (home.phone[2:5] in opening.area.newcomers) * 0.05))
    return Request(
        number=0,
        niche=opening.niche,
        market=opening.area.slug,
        timezone=opening.area.timezone,
        at=opening.at,
        fate=opening.fate,
        full_name=f"{home.first_names[member]} {home.surname}",
        email=home.email(member),
        phone=home.phone,
        street=home.street,
        unit=home.unit,
        city=home.place.city,
        state=home.place.state,
        zip=home.place.zip,
        pin=(home.lon, home.lat) if rng.random() < 0.3 else None,
        form=answers_to(rng, schema, niche=opening.niche, city=home.place.city, at=opening.at, appeal=appeal, taken=texts),
        attribution=dict(attribution),
        ip=home.ip,
        user_agent=rng.choice(AGENTS),
        appeal=round(appeal, 3),
        household=home.number,
        fresh=opening.fresh,
    )


def _repeats(rng: random.Random, honest: list[Request], *, count: int, now: datetime) -> list[Request]:
    """People who ask again, of those whose first request was taken seriously."""
    waiting = [first for first in honest if first.fresh and first.fate == "waiting"]
    fresh = [replace(repeat_of(rng, first, at=first.at + (now - first.at) / 2), fresh=True) for first in waiting[:FRESH_REPEATS]]
    earlier = [first for first in honest if first.fate == "sold" and not first.fresh]
    made = fresh[:count]
    for first in rng.sample(earlier, min(len(earlier), count * 2)):
        hours = rng.choice((rng.uniform(0.5, 3), rng.uniform(12, 96), rng.uniform(100, 900)))
        at = first.at + timedelta(hours=hours)
        if at < now and len(made) < count:
            made.append(repeat_of(rng, first, at=at))
    return made


def _numbered(requests: list[Request]) -> tuple[Request, ...]:
    return tuple(replace(request, number=number) for number, request in enumerate(requests, start=1))
