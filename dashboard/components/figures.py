"""Money, time and numbers as people read them."""

import re
from datetime import date, datetime, timedelta

import phonenumbers
from markupsafe import Markup

from core.kit.clock import in_zone, utc_now
from core.kit.money import format_usd
from dashboard.current import zone_of_browser

DASH = "–"
# Clocks as they are called where we sell; others by their city.
CLOCKS = {
    "America/Los_Angeles": "Pacific time",
    "America/Denver": "Mountain time",
    "America/Phoenix": "Arizona time",
    "America/Chicago": "Central time",
    "America/New_York": "Eastern time",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIRECTIONS = frozenset({"N", "E", "S", "W", "NE", "NW", "SE", "SW", "PO", "US", "FM", "CR", "SR", "RR", "HC", "IH", "SH"})
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH)")
_NAMES = re.compile(r"\b(?:year|zip|postal)\b", re.IGNORECASE)  # numbers that are names


def money(cents: int | None) -> str:
    """``124050`` -> ``$1,240.50``; a dash when there is none."""
    return DASH if cents is None else format_usd(cents)


def ago(moment: datetime | None, *, now: datetime | None = None) -> str:
    """``12 min ago``, ``in 3 h``; a dash when there is none."""
    if moment is None:
        return DASH
    seconds = ((now or utc_now()) - moment).total_seconds()
    words = duration(abs(seconds))
    if abs(seconds) < 45:
        return "just now"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def duration(seconds: float | None) -> str:
    """``42 s``, ``12 min``, ``3 h``, ``5 days``."""
    if seconds is None:
        return DASH
    for limit, size, unit in ((90, 1, "s"), (5400, 60, "min"), (129600, 3600, "h")):
        if seconds < limit:
            return f"{round(seconds / size)} {unit}"
    days = round(seconds / 86400)
    return f"{days} days" if days < 60 else f"{round(days / 30)} months"


def exact(moment: datetime | None, zone: str | None = None) -> str:
    """``Wed 4 Nov 2026, 10:00 PST``, on the clock of a market or, where it belongs to none, of the reader."""
    if moment is None:
        return DASH
    local = in_zone(moment, zone or zone_of_browser())
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def time_tag(moment: datetime | None, zone: str | None = None, *, story: bool = False) -> str:
    """Relative time whose exact form shows on hover, as HTML; in a ``story`` what is older than a day has its date and clock."""
    if moment is None:
        return DASH
    local = in_zone(moment, zone or zone_of_browser())
    words = f"{local.day} {local:%b, %H:%M}" if story and utc_now() - moment > timedelta(days=1) else ago(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact(moment, zone), words)


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 lead``, ``12 leads``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def place(*parts: str | None) -> str:
    """``Henderson, 89052`` from what is known."""
    return ", ".join(part for part in parts if part) or DASH


def street(written: str | None, unit: str | None = None) -> str:
    """``1200 W MCCARRAN ST`` and ``APT 4B`` as people write them: the postal service's form is kept in capitals."""
    line = " ".join(part for part in (written, unit) if part)
    return " ".join(_word(word) for word in line.split()) if line.isupper() else line


def address(written: str | None, unit: str | None, city: str | None, state: str | None, zip: str | None) -> str:
    """``1200 W McCarran St Apt 4B, Henderson, NV 89052`` from what is known."""
    return place(street(written, unit), city, " ".join(part for part in (state, zip) if part))


def _word(word: str) -> str:
    """One word of a street in capitals; numbers of units and short forms of roads and directions stay."""
    if word in _DIRECTIONS:
        return word
    if any(sign.isdigit() for sign in word):
        return word.lower() if _ORDINAL.fullmatch(word) else word
    if word.startswith("MC") and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    parts = re.split(r"([-'])", word)
    return "".join(part.lower() if part == "S" and at else part.capitalize() for at, part in enumerate(parts))


def percent(part: float | None, places: int = 0) -> str:
    """``0.425`` -> ``42%``, with one place ``42.5%``; a dash when there is none."""
    return DASH if part is None else f"{100 * part:.{places}f}".removesuffix(".0") + "%"


def likely(probability: float) -> str:
    """A probability that is never certain: ``99%`` at most."""
    return percent(min(0.99, probability))


def day(moment: date, *, year: bool = True) -> str:
    """``4 Nov 2026``."""
    return f"{moment.day} {moment:%b %Y}" if year else f"{moment.day} {moment:%b}"


def span(first: date, last: date) -> str:
    """Days from one to another, both included: ``30 Oct to 28 Nov 2026``."""
    return day(last) if first == last else f"{day(first, year=first.year != last.year)} to {day(last)}"


def phone(number: str | None) -> str | None:
    """``+17025550142`` as it is said here: ``(702) 555-0142``; of another country with its code."""
    if not number:
        return number
    try:
        read = phonenumbers.parse(number, "US")
        form = phonenumbers.PhoneNumberFormat.NATIONAL if read.country_code == 1 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(read, form)
    except phonenumbers.NumberParseException:
        return number


def clock(zone: str) -> str:
    """``Pacific time``: a time zone as people call it."""
    return CLOCKS.get(zone) or (f"{zone.rsplit('/', 1)[1].replace('_', ' ')} time" if "/" in zone else zone)


def answer(value: str, label: str = "") -> str:
    """An answer of a form as it is read: a day as ``19 Nov 2026``, a number as ``2,650`` but for years and ZIPs."""
    if label and value.isdecimal() and len(value) > 3 and not _NAMES.search(label):
        return f"{int(value):,}"
    if not _DAY.fullmatch(value):
        return value
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def county(name: str | None) -> str | None:
    """``Clark County``, so that nobody takes it for a town."""
    return f"{name} County" if name and not name.endswith(("County", "Parish")) else name
