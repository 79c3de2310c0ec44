"""What people write: requests put together from sentences, in the voices that real forms receive."""

import calendar
import random
import re
from datetime import datetime, timedelta

from demo.words import words

MONTHS = calendar.month_name[1:]
_BLANK = re.compile(r"{(\w+)}")
FIGURES = {  # how it is written, least, most, step
    "cold": ("{}", 49, 61, 1),
    "years": ("{}", 4, 31, 1),
    "weeks": ("{}", 3, 20, 1),
    "days": ("{}", 4, 21, 1),
    "minutes": ("{}", 5, 40, 5),
    "degrees": ("{}", 79, 97, 1),
    "feet": ("{:,}", 900, 3800, 50),
    "bill": ("${}", 180, 950, 10),
    "budget": ("${}k", 180, 900, 10),
    "recent": ("{}", 2005, 2023, 1),
}


def request_text(rng: random.Random, niche: str, city: str, at: datetime) -> str:
    """What one person writes into "anything else": two sentences in most cases, a page for some, a scrap for others."""
    voice = rng.choices((_plain, _polite, _terse, _hurried, _thorough), (0.34, 0.20, 0.18, 0.16, 0.12))[0]
    lists = words("requests")
    winter = niche == "hvac" and at.month in (11, 12, 1, 2, 3)
    opening = rng.choice(lists["openings"]["hvac in winter" if winter else niche])
    parts = [opening, *rng.sample(lists["details"][niche], 3), rng.choice(lists["wishes"][niche])]
    return voice(rng, [_fill(rng, part, city, at) for part in parts])


def _fill(rng: random.Random, sentence: str, city: str, at: datetime) -> str:
    return _BLANK.sub(lambda found: _blank(rng, found[1], city, at), sentence)


def _blank(rng: random.Random, name: str, city: str, at: datetime) -> str:
    """What stands in one blank: the city, a month around now, a figure of its range, or a word of its list."""
    if name == "city":
        return city
    if name == "past":
        return MONTHS[(at - timedelta(days=rng.randint(5, 50))).month - 1]
    if name == "coming":
        return MONTHS[(at + timedelta(days=rng.randint(20, 100))).month - 1]
    if name in FIGURES:
        shape, least, most, step = FIGURES[name]
        return shape.format(rng.randrange(least, most + 1, step))
    return str(rng.choice(words("requests")["blanks"][name]))


def _plain(rng: random.Random, parts: list[str]) -> str:
    return " ".join((parts[0], parts[1], parts[-1]) if rng.random() < 0.6 else (parts[0], parts[1]))


def _polite(rng: random.Random, parts: list[str]) -> str:
    return " ".join(
        (rng.choice(words("requests")["greetings"]), parts[0], parts[1], parts[-1], rng.choice(words("requests")["thanks"]))
    )


def _terse(rng: random.Random, parts: list[str]) -> str:
    return f"{rng.choice(parts[:2])} {parts[-1]}"


def _hurried(rng: random.Random, parts: list[str]) -> str:
    """Thumbs on a phone: lower case, commas, short forms."""
    text = ", ".join(part.rstrip(".?!").lower() for part in (parts[0], parts[1], parts[-1]))
    for full, short in (("please", "pls"), ("because", "bc"), ("you ", "u "), ("tomorrow", "tmrw"), ("thanks", "thx")):
        if rng.random() < 0.7:
            text = text.replace(full, short)
    return text


def _thorough(rng: random.Random, parts: list[str]) -> str:
    return " ".join((*parts, rng.choice(words("requests")["thanks"])))


def gibberish(rng: random.Random, length: int) -> str:
    """Letters without sense, as a script types them."""
    return "".join(rng.choice("bcdfghjklmnpqrstvwxzqxzkj" if rng.random() < 0.8 else "aeiou") for _ in range(length))
