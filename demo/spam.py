"""Spam: a few scripts that fill forms, each with a manner that gives it away."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from demo.answers import answers_to
from demo.people import MAIL_DOMAINS
from demo.places import AREAS, some_places
from demo.requests import Request, with_life
from demo.streets import some_street
from demo.texts import gibberish
from demo.words import words

# Area codes that no household of the demo has: one block of fictional numbers for each ring.
CODES = ("201", "305", "404", "516", "617", "786")
RING = 30
NICHES = ("home-seller", "home-buyer", "roofing", "hvac")
SCRIPT_AGENT = "python-requests/2.31.0"


def spam_rings(rng: random.Random, *, now: datetime, size: int, schemas: Mapping[str, Mapping[str, Any]]) -> list[Request]:
    """``size`` requests in bursts: a ring shares one address, one text or one way of making up names."""
    made: list[Request] = []
    for ring in range(-(-size // RING)):
        # The last ring struck yesterday: its requests wait for review beside the honest ones.
        began = now - timedelta(days=rng.uniform(4, 85)) if ring else now - timedelta(hours=rng.uniform(9, 16))
        members = min(RING, size - len(made))
        made += [_member(rng, ring, n, began, schemas, now) for n in range(members)]
    return made


def _member(
    rng: random.Random, ring: int, n: int, began: datetime, schemas: Mapping[str, Mapping[str, Any]], now: datetime
) -> Request:
    area = rng.choices(AREAS, [area.share for area in AREAS])[0]
    place, niche = some_places(rng, area.slug, 1)[0], NICHES[n % 4]
    at = began + timedelta(minutes=n * 4 + rng.uniform(0, 2))
    name, local = _alias(rng, ring)
    pitch = words("requests")["pitches"][ring % 4] if ring % 2 == 0 else gibberish(rng, rng.randint(14, 60))
    form = answers_to(rng, schemas[niche], niche=niche, city=place.city, at=at, appeal=0.1, taken=set()) | _text(
        schemas[niche], pitch
    )
    request = Request(
        number=0, niche=niche, market=area.slug, timezone=area.timezone, at=at,
        # A few get past the reviewer; the providers who bought them say so.
        fate="unconfirmed" if rng.random() < 0.35 else "waiting" if ring == 0 else "sold" if rng.random() < 0.12 else "rejected",
        full_name=name, email=f"{local}@{MAIL_DOMAINS[n % 3]}", phone=f"+1{CODES[ring % 6]}5550{100 + n + ring // 6 * RING}",
        street=some_street(rng, area.slug), unit=None, city=place.city, state=place.state, zip=place.zip, pin=None,
        form=form, attribution={"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "quotes"},
        ip=f"198.19.200.{ring + 1}", user_agent=SCRIPT_AGENT, appeal=0.02, household=None,
        note="Looks like a script: same address and text as many others.", fresh=ring == 0 and n < 3,
    )  # fmt: skip
    return with_life(rng, request, now=now)


def _alias(rng: random.Random, ring: int) -> tuple[str, str]:
    """A made-up name and the local part of its mail address."""
    if ring % 3 == 0:
        first, last = gibberish(rng, rng.randint(5, 9)).title(), gibberish(rng, rng.randint(6, 10)).title()
    else:
        first, last = rng.choice(words("people")["first_names"]), rng.choice(words("people")["surnames"])
    return f"{first} {last}", f"{gibberish(rng, 8)}{rng.randint(1000, 99999)}"


def _text(schema: Mapping[str, Any], text: str) -> dict[str, str]:
    """The text in every long answer of the form."""
    return {row["key"]: text for row in schema["fields"] if row["type"] == "textarea"}
