"""Addresses: postal street and unit, city, state and ZIP checked against each other."""

import re
from dataclasses import dataclass

from core.kit.seen import seen
from core.leads import postal, zip_book
from core.sourcing.normalise.reaches import EMPTY
from core.sourcing.normalise.reasons import Reason

LONGEST = 200
_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?(?:\.0)?")
_SHORT_ZIP = re.compile(r"(\d{3,4})(?:\.0)?")
_WORD = re.compile(r"[^\W_]+")
_NO_ADDRESS = EMPTY | {"test", "asdf", "homeless", "no address", "not provided", "address", "tbd", "see notes", "same", "xxx"}


@dataclass(frozen=True, slots=True)
class Home:
    """An address in postal form. ``zip`` has five digits."""

    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    reasons: tuple[Reason, ...] = ()


def read_home(
    street: str | None = None, unit: str | None = None, city: str | None = None, state: str | None = None, zip: str | None = None
) -> Home:
    """An address from its parts; a street that holds the whole line ("12 Main St, Reno, NV 89501") is taken apart."""
    street, unit, city, state, zip = (_tidied(part) for part in (street, unit, city, state, zip))
    if street and not (city or zip):
        street, unit, city, state, zip = _whole_line(street, unit, state)
    if not any((street, unit, city, state, zip)):
        return Home()
    code, zip_reasons = _zip(zip, state)
    short_state = _state(state)
    lines, reasons = _lines(_once(street, city, state, zip), unit)
    if state and short_state is None:
        zip_reasons.append(Reason("zip", "state_unknown"))
    place = zip_book.place_of(code) if code else None
    if place and not zip_book.fits(place.zip, city=city, state=short_state):
        zip_reasons.append(Reason("zip", "zip_elsewhere"))
    city = city or (place.city if place else None)
    return Home(*lines, city, short_state or (place.state if place else None), code, (*reasons, *zip_reasons))


def _tidied(text: str | None) -> str | None:
    bare = seen(text).strip(" ,;")[:LONGEST]
    return None if bare.casefold() in EMPTY else bare


def _whole_line(street: str, unit: str | None, state: str | None) -> list[str | None]:
    line = postal.take_apart(street, states=zip_book.state_names())
    return [line.street, unit, line.city, line.state or state, line.zip]


def _once(street: str | None, city: str | None, state: str | None, zip: str | None) -> str | None:
    """The street without city, state and ZIP behind it, where they have columns of their own that say the same."""
    if not street or not city or city.casefold() not in street.casefold():  # nearly all: no pattern is made for them
        return street
    tail = rf"[\s,]+{re.escape(city)}(?:[\s,]+{re.escape(state or 'X')})?(?:[\s,]+{re.escape(zip or 'X')}(?:-\d{{4}})?)?[\s,]*$"
    bare = re.sub(tail, "", street, flags=re.IGNORECASE)
    return bare if " " in bare.strip() else street


def _lines(street: str | None, unit: str | None) -> tuple[tuple[str | None, str | None], list[Reason]]:
    if street is None:
        street, unit = unit, None
    if street is None:
        return (None, None), [Reason("address", "address_missing_street")]
    if street.casefold() in _NO_ADDRESS or (not re.search(r"[^\W\d_]", street) and not re.search(r"\d+\s+[NSEW\d]", street)):
        return (None, None), [Reason("address", "address_placeholder")]
    form = postal.postal_form(street, unit)
    reasons = [Reason("address", "address_as_typed")] if form.how == "typed" else []
    if not form.numbered:
        reasons.append(Reason("address", "address_no_number"))
    return (form.street, form.unit), reasons


def _zip(text: str | None, state: str | None) -> tuple[str | None, list[Reason]]:
    """Five digits. Spreadsheets drop leading zeros: they come back where that gives a ZIP of the state."""
    if text is None:
        return None, [Reason("zip", "zip_missing")]
    found = _ZIP.fullmatch(text)
    code = found.group(1) if found else None
    if code is None and (short := _SHORT_ZIP.fullmatch(text)):
        padded = short.group(1).zfill(5)
        code = padded if zip_book.is_real(padded) and zip_book.fits(padded, city=None, state=_state(state)) else None
    if code is None:
        return None, [Reason("zip", "zip_invalid")]
    return code, [] if zip_book.is_real(code) else [Reason("zip", "zip_unknown")]


def _state(text: str | None) -> str | None:
    return zip_book.state_code(text) if text else None
