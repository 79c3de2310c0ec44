"""US postal addresses: one normal form where it can be read, the typed one with a review flag where not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from core.kit.seen import seen
from core.leads import zip_book
from core.leads.identity import name_key
from core.leads.postal import postal_form, short_forms

LONGEST = 200
_ZIP = re.compile(r"\b([0-9]{5})(?:-[0-9]{4})?\s*$")
_LINE = re.compile(r"^(?P<street>.+?),\s*(?P<city>[^,\d]+?),?\s+(?P<state>[A-Za-z]{2})(?:,?\s+(?P<zip>[0-9]{5})(?:-[0-9]{4})?)?$")
_TOKEN = re.compile(r"[^\W_]+")
PARTS = ("street", "unit", "city", "state", "zip")


@dataclass(frozen=True, slots=True)
class Address:
    """What is kept of an address; ``review`` is set when it could only be kept as it was typed."""

    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    review: bool = False

    def key(self, name: str) -> str | None:
        """Name and address as one comparable text, ``None`` without a street (SPEC 2.6).

        Street words in the postal service's short forms, so that "12 North Main Street #4" is "12 N Main St Apt 4";
        it works for every text, also for those that can't be read as an address.
        """
        words = _TOKEN.findall(f"{self.street or ''} {self.unit or ''}".upper())
        short, noise = _short_forms()
        place = " ".join(short.get(word, word) for word in words if word not in noise)
        return f"{name_key(name)}|{place}|{self.zip or ''}" if self.street and place else None


def read(given: Any) -> tuple[Address, dict[str, str]]:
    """An address as it was typed, from one line of text or from parts, and what is wrong with it by field."""
    if given is None or given == "":
        return Address(), {}
    if isinstance(given, str) and not _wrong(given):
        given = _from_line(", ".join(line.strip(" ,\t") for line in given.splitlines() if line.strip(" ,\t")))
    if not isinstance(given, Mapping):
        return Address(), {"address": _wrong(given) or "Give the address as street, unit, city, state and zip."}
    errors = {f"address.{part}": why for part in PARTS if (why := _wrong(given.get(part)))}
    if errors:
        return Address(), errors
    street, unit, city, state, zip_ = (seen(given.get(part)) or None for part in PARTS)
    return Address(street, unit, city, (zip_book.state_code(state) or state.upper()) if state else None, zip_), {}


def completed(typed: Address, *, city: str, state: str, zip: str) -> Address:
    """The typed address with city and state of its ZIP where they were left out."""
    return replace(typed, city=typed.city or city, state=typed.state or state, zip=zip)


def normalised(typed: Address) -> Address:
    """Street and unit in postal form: for jobs, it may take its time. What can't be read stays as it was typed, for review."""
    if typed.street is None:
        return typed
    form = postal_form(typed.street, typed.unit)
    if form.how == "typed":
        return replace(typed, review=True)
    return replace(typed, street=form.street or typed.street, unit=form.unit, review=False)


@lru_cache(maxsize=1)
def _short_forms() -> tuple[dict[str, str], frozenset[str]]:
    """Postal short forms by word, and the words that only announce a unit."""
    streets, units = short_forms()
    return streets, frozenset(units) | frozenset(units.values())


def _wrong(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return "This must be text."
    if len(value) > LONGEST:
        return f"Use at most {LONGEST} characters."
    return None


def _from_line(line: str) -> dict[str, str | None]:
    """Parts of ``123 Main St, Las Vegas, NV 89109``; of anything else at least its ZIP."""
    found = _LINE.match(line.strip())
    if found:
        return dict(found.groupdict())
    zip_ = _ZIP.search(line)
    return {"street": line[: zip_.start()].rstrip(" ,") if zip_ else line, "zip": zip_.group(1) if zip_ else None}
