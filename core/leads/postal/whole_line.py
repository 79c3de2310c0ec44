"""An address in one line, taken apart from its end: country, ZIP, state, city; what is left is street and unit (SPEC 8.3)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from core.leads import zip_book
from core.leads.postal.reading import postal_form

_COUNTRY = re.compile(r"[\s,]+(?:USA|U\.?\s?S\.?\s?A\.?|United States(?: of America)?)\s*$", re.IGNORECASE)
_ZIP = re.compile(r"(?:^|[\s,.]+)(\d{5})(?:[-\s]?\d{4})?\s*$")
_COMMAS = re.compile(r"\s*,[\s,]*")
_WORD = re.compile(r"[^\W_]+")
_UNITS = "# no number box bx drawer pmb apt apartment unit ste suite lot spc space trlr rm room bldg floor"
_NUMBERED = frozenset(
    f"{_UNITS} hwy highway rd road rte rt route fm rm cr sr us loop spur interstate i ih mile km e w n s".split()
)
_SHORT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount", "n": "north", "s": "south", "e": "east", "w": "west"}
MOST_WORDS = 5  # of a city's name


@dataclass(frozen=True, slots=True)
class Line:
    """The parts of a line; ``street`` may hold the unit."""

    street: str | None
    city: str | None
    state: str | None
    zip: str | None


def take_apart(line: str, *, states: dict[str, str]) -> Line:
    """Street, city, state and ZIP of a line, with or without commas. ``states``: two letters by whatever a state is called.

    Without a comma, a city is known by the ZIP or the state behind it. What would leave no street behind is left alone: "12
    Windsor Ct" is in no town of Connecticut.
    """
    whole = _COUNTRY.sub("", _COMMAS.sub(", ", line).strip(" ,"))
    found = _ZIP.search(whole)
    code = found.group(1) if found and _is_code(found.group(1), whole[: found.start()]) else None
    rest = whole[: found.start()].strip(" ,") if found and code else whole
    before, state = _state(rest, states)
    street, city = _city(before, code, state) if state or code else (before, None)
    if state and not _sure(before, rest, street, city, state, code):
        state, (street, city) = None, _city(rest, code, None) if code else (rest, None)
    if city and _WORD.fullmatch(street):  # a number alone
        street, city = before if state else rest, None
    return Line(street or None, city, state, code)


def _is_code(digits: str, before: str) -> bool:
    """Whether five digits at the end are a ZIP, and not a box, a road or a unit of that number."""
    words = before.replace("#", " # ").split(" ")
    if before.rstrip().endswith(",") or not before.strip():
        return zip_book.is_real(digits) or len(words) > 1
    return words[-1].casefold().strip(".") not in _NUMBERED and (zip_book.is_real(digits) or len(words) > 1)


def _sure(before: str, rest: str, street: str, city: str | None, state: str, code: str | None) -> bool:
    """Whether what looks like a state is one, and not the kind of a street: Ct."""
    comma = rest[len(before) :].lstrip().startswith(",")
    if code:
        return comma or city is not None
    if not street or city is None:
        return False
    return comma or "," in before or state != "CT" or postal_form(street).how in ("plain", "box")


def _state(rest: str, states: dict[str, str]) -> tuple[str, str | None]:
    """The longest name of a state at the end. Two letters need not be set off by a comma, a whole name neither."""
    words = rest.split(" ")
    for count in range(min(3, len(words)), 0, -1):
        tail = " ".join(words[-count:]).strip(" ,.")
        if "," not in tail and (short := states.get(tail.upper().replace(".", ""))):
            return " ".join(words[:-count]).strip(" ,"), short
    return rest, None


def _city(rest: str, code: str | None, state: str | None) -> tuple[str, str | None]:
    """What stands behind the last comma, unless it has digits; else the longest name of a city of this ZIP or state."""
    street, comma, tail = rest.rpartition(",")
    if comma and tail.strip() and not any(char.isdigit() for char in tail):
        known = _known_city(tail.strip(), code, state)
        if known and known[0]:  # "12 Oak St, Apt B Reno"
            return f"{street}, {known[0]}", known[1]
        return street.strip(" ,"), tail.strip()
    known = _known_city(rest, code, state)
    return known or (rest, None)


def _known_city(text: str, code: str | None, state: str | None) -> tuple[str, str] | None:
    words = text.split(" ")
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        name = " ".join(words[-count:])
        plain = _spelt(name)
        if plain and (plain in _cities_of_zip(code) if code and zip_book.is_real(code) else plain in _cities_of_state(state)):
            return " ".join(words[:-count]).strip(" ,"), name.strip(" ,")
    return None


def _spelt(name: str) -> str:
    """A city's name in one spelling: ``St. Louis`` and ``Saint Louis``, ``N. Las Vegas`` and ``North Las Vegas``."""
    return " ".join(_SHORT.get(word, word) for word in _WORD.findall(name.casefold()))


@lru_cache(maxsize=16_384)
def _cities_of_zip(code: str | None) -> frozenset[str]:
    return frozenset(map(_spelt, zip_book.cities(code))) if code else frozenset()


@lru_cache(maxsize=64)
def _cities_of_state(state: str | None) -> frozenset[str]:
    return frozenset(map(_spelt, zip_book.cities_of_state(state))) if state else frozenset()
