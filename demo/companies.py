"""Who buys: companies with names of their own, people who own them, and the temper each one trades with."""

import random
from dataclasses import dataclass, replace
from typing import Literal

from demo.people import MAIL_DOMAINS
from demo.places import AREAS, Area
from demo.sign_ins import PROVIDER
from demo.words import words

Side = Literal["homes", "trades"]
Funding = Literal["steady", "careless", "leaving"]

COMPANY_COUNT = 120
NOT_YET_ACTIVATED, SUSPENDED = 3, 2
SIDES: dict[Side, tuple[str, str]] = {"homes": ("home-seller", "home-buyer"), "trades": ("roofing", "hvac")}


@dataclass(frozen=True, slots=True)
class Company:
    """One provider of the demo: name, owner, home market, and the habits that its history follows."""

    number: int
    name: str
    side: Side
    market: str
    niches: tuple[str, ...]
    owner: str
    email: str
    phone: str
    website: str
    about: str
    joined_days_ago: float
    minutes_to_open: float  # mean wait before a delivered lead is looked at
    pickiness: float  # 0..1: how easily a lead is rejected
    skill: float  # added to the log-odds of winning
    funding: Funding
    deposit_cents: int
    activated: bool = True  # the newest few still wait for an administrator
    suspended: bool = False


def companies(rng: random.Random, count: int = COMPANY_COUNT) -> list[Company]:
    """``count`` companies (14 or more) in the order they joined; the first eight serve every market on both sides."""
    names: set[str] = set()
    phones = {area.slug: _company_phones(rng, area) for area in AREAS}
    made = []
    joined = sorted((_joined(rng) for _ in range(count - 8 - NOT_YET_ACTIVATED)), reverse=True)
    joined += [rng.uniform(0.1, 1.8) for _ in range(NOT_YET_ACTIVATED)]
    for number in range(1, count + 1):
        area = AREAS[(number - 1) % 4] if number <= 8 else rng.choices(AREAS, [area.share for area in AREAS])[0]
        side: Side = ("homes", "trades")[(number - 1) // 4 % 2] if number <= 8 else rng.choice(("homes", "trades"))
        days_ago = 89.998 - number / 2000 if number <= 8 else joined[number - 9]
        made.append(_company(rng, number, area, side, days_ago, names, phones[area.slug].pop()))
    suspended = {company.number for company in rng.sample(made[8 : count - NOT_YET_ACTIVATED], SUSPENDED)}
    waiting = count - NOT_YET_ACTIVATED
    return [replace(firm, activated=firm.number <= waiting, suspended=firm.number in suspended) for firm in made]


def _joined(rng: random.Random) -> float:
    """Half were there from the start, the rest came along the way; nobody in the last week."""
    return rng.uniform(85, 89.1) if rng.random() < 0.5 else rng.uniform(7, 88)


def _company(rng: random.Random, number: int, area: Area, side: Side, days_ago: float, names: set[str], phone: str) -> Company:
    niches = _niches(rng, side, number)
    owner_first, owner_last = rng.choice(words("people")["first_names"]), rng.choice(words("people")["surnames"])
    name = _name(rng, area.slug, niches, owner_last, names)
    slug = "".join(c for c in name.lower() if c.isalnum())
    city = rng.choice(list(area.people)[:6])
    funding: Funding = rng.choices(("steady", "careless", "leaving"), (0.68, 0.22, 0.10))[0] if number > 8 else "steady"
    return Company(
        number=number,
        name=name,
        side=side,
        market=area.slug,
        niches=niches,
        owner=PROVIDER.full_name if number == 1 else f"{owner_first} {owner_last}",
        email=PROVIDER.email if number == 1 else f"{owner_first.lower()}.{slug}@{MAIL_DOMAINS[number % 3]}",
        phone=phone,
        website=f"https://{slug}.example.com",
        about=_about(rng, niches, city),
        joined_days_ago=round(days_ago, 4),
        minutes_to_open=round(rng.lognormvariate(3.6, 0.9), 1),
        pickiness=round(rng.betavariate(2, 8), 3),
        skill=round(rng.gauss(0, 0.5), 3),
        funding=funding,
        deposit_cents=100_00 * (25 if number == 1 else rng.choice((5, 5, 8, 10, 10, 15, 20, 30, 40))),
    )


def _niches(rng: random.Random, side: Side, number: int) -> tuple[str, ...]:
    both = SIDES[side]
    if number <= 8 or rng.random() < 0.35:
        return both
    return (rng.choice(both),)


def _name(rng: random.Random, market: str, niches: tuple[str, ...], surname: str, taken: set[str]) -> str:
    """A name nobody else has: a landmark, a virtue or the owner's surname before the trade."""
    lists, surnames = words("companies"), words("people")["surnames"]
    while True:
        trade = rng.choice(lists["trades"]["both" if niches == SIDES["trades"] else niches[0]])
        landmark, virtue = rng.choice(lists["landmarks"][market]), rng.choice(lists["virtues"])
        first = rng.choice((landmark, virtue, surname, f"{surname} & {rng.choice(surnames)}"))
        if f"{first} {trade}" not in taken:
            taken.add(f"{first} {trade}")
            return f"{first} {trade}"


def _about(rng: random.Random, niches: tuple[str, ...], city: str) -> str:
    work = {
        "home-seller": "help owners sell",
        "home-buyer": "help buyers find a home",
        "roofing": "repair and replace roofs",
        "hvac": "keep homes cool and warm",
    }
    opening = rng.choice(("We", "Locally owned: we", f"Since {rng.randint(2004, 2021)} we"))
    return f"{opening} {' and '.join(work[niche] for niche in niches)} in and around {city}."


def _company_phones(rng: random.Random, area: Area) -> list[str]:
    """The upper end of the fictional block, which no household uses."""
    phones = [f"+1{code}5550{last}" for code in area.area_codes for last in range(185, 200)]
    rng.shuffle(phones)
    return phones
