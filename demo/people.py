"""Who asks: households with a name, a home, a phone number and mail addresses that reach nobody.

Numbers are the 555-0100 to 555-0199 block that the numbering plan keeps for fiction, addresses are at the
domains of RFC 2606: nothing in the demo can ring or mail a real person.
"""

import random
from dataclasses import dataclass

from demo.places import AREAS, Area, Place, some_places, some_point
from demo.streets import some_street
from demo.words import words

MAIL_DOMAINS = ("example.com", "example.net", "example.org")
LAST_OF_PEOPLE = 64  # 555-0165 to 0184 are left to whoever plays with the demo, 0185 and up belong to companies


@dataclass(frozen=True, slots=True)
class Household:
    """One home: the people in it share a surname, a phone and an internet address."""

    number: int
    market: str
    first_names: tuple[str, ...]
    surname: str
    phone: str  # E.164
    street: str
    unit: str | None
    owns: bool
    place: Place
    lon: float
    lat: float
    ip: str

    def email(self, member: int) -> str:
        """The member's own address; members and households never share one."""
        first, last = self.first_names[member].lower(), self.surname.lower()
        shape = (f"{first}.{last}", f"{first}{last[0]}", f"{first[0]}{last}", f"{last}.{first}")[(self.number + member) % 4]
        return f"{shape}{self.number}@{MAIL_DOMAINS[(self.number * 7 + member) % 3]}"


def households(rng: random.Random) -> list[Household]:
    """Every household of the demo, as many in a market as it has numbers for."""
    made: list[Household] = []
    for area in AREAS:
        phones = _phones(rng, area)
        for place in some_places(rng, area.slug, len(phones) * 3):
            phone = next((p for p in phones if p[2:5] in place.area_codes), None) or next(
                (p for p in phones if p[2:5] in area.newcomers and rng.random() < 0.3), None
            )
            if phone is not None:
                phones.remove(phone)
                made.append(_household(rng, len(made) + 1, area, place, phone))
    return made


def _phones(rng: random.Random, area: Area) -> list[str]:
    """The market's fictional numbers in random order, plus some that newcomers brought along."""
    position = AREAS.index(area)
    local = [f"+1{code}5550{last}" for code in area.area_codes for last in range(100, 101 + LAST_OF_PEOPLE)]
    # Two markets may share a newcomers' code: each takes its own quarter of the block.
    brought = [f"+1{code}5550{100 + position * 16 + n}" for code in area.newcomers for n in range(16)]
    phones = local + brought
    rng.shuffle(phones)
    return phones


def _household(rng: random.Random, number: int, area: Area, place: Place, phone: str) -> Household:
    owns = rng.random() < 0.78
    lon, lat = some_point(rng, place)
    return Household(
        number=number,
        market=area.slug,
        first_names=tuple(rng.sample(words("people")["first_names"], 2)),
        surname=rng.choice(words("people")["surnames"]),
        phone=phone,
        street=some_street(rng, area.slug),
        unit=None if owns and rng.random() < 0.93 else f"Apt {rng.randint(1, 24)}{rng.choice('ABCD')}",
        owns=owns,
        place=place,
        lon=lon,
        lat=lat,
        # 198.18.0.0/15 is set aside for benchmarks (RFC 2544): no real visitor has such an address.
        ip=f"198.{18 + number // 32000}.{number // 125 % 256}.{number % 125 * 2 + 1}",
    )
