"""Every US ZIP code and its telephone area codes, from the ``zipcodes`` wheel; read once, on first need (0.4 s)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import zipcodes

_all: Any = zipcodes.list_all  # the package carries no types


@lru_cache(maxsize=1)
def _book() -> dict[str, dict[str, Any]]:
    return {record["zip_code"]: record for record in _all()}


@lru_cache(maxsize=1)
def _codes_by_state() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for record in _book().values():
        found.setdefault(record["state"], set()).update(record["area_codes"])
    return {state: frozenset(codes) for state, codes in found.items()}


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """Where a ZIP is, by its main city."""

    zip: str
    city: str
    state: str


def place_of(zip: str) -> ZipPlace | None:
    """Main city and state of a ZIP, ``None`` when there is no such ZIP."""
    record = _book().get(zip)
    return ZipPlace(zip, record["city"], record["state"]) if record else None


def states() -> frozenset[str]:
    """The two letters of every state, district and territory that has ZIPs."""
    return frozenset(_codes_by_state())


@lru_cache(maxsize=1)
def state_names() -> dict[str, str]:
    """The two letters of every state, district and territory by its name and by themselves, in capitals."""
    from scourgify.address_constants import STATE_ABBREVIATIONS

    named: dict[str, str] = dict(STATE_ABBREVIATIONS)
    return named | {short: short for short in named.values()} | {short: short for short in states()}


def state_code(text: str) -> str | None:
    """``Nevada``, ``nv`` or ``N.V.`` -> ``NV``; ``None`` for what is no state."""
    return state_names().get(" ".join(text.upper().replace(".", "").split()))


def is_real(zip: str) -> bool:
    """True when the postal service knows this ZIP."""
    return zip in _book()


def area_codes(zip: str) -> frozenset[str]:
    """Telephone area codes in use in a ZIP, empty when unknown."""
    return frozenset(_book().get(zip, {}).get("area_codes", ()))


def area_codes_of_state(state: str) -> frozenset[str]:
    """Telephone area codes in use anywhere in a state."""
    return _codes_by_state().get(state, frozenset())


MILITARY = frozenset({"apo", "fpo", "dpo"})  # stand where others have a city (Publication 28, 225)


def cities(zip: str) -> frozenset[str]:
    """Every name, in lower case, that mail for a ZIP may carry as its city."""
    record = _book().get(zip)
    if record is None:
        return frozenset()
    names = {name.casefold() for name in (record["city"], *record["acceptable_cities"], *record["unacceptable_cities"])}
    return frozenset(names | MILITARY if record["state"] in ("AA", "AE", "AP") else names)


@lru_cache(maxsize=64)
def cities_of_state(state: str) -> frozenset[str]:
    """Every name of a city of a state, in lower case."""
    return frozenset(name for zip, record in _book().items() if record["state"] == state for name in cities(zip))


@lru_cache(maxsize=16_384)
def fits(zip: str, *, city: str | None, state: str | None) -> bool:
    """True when a typed city and state are ones that mail for this ZIP may carry; what was left out fits."""
    record = _book().get(zip)
    if record is None:
        return False
    names = cities(zip)
    state_fits = not state or record["state"] == state.upper()
    # City names are written in many ways: only another state, or a name sharing no word with any known one, is a misfit.
    words = {word for name in names for word in name.split()}
    return state_fits and (not city or bool(words & set(city.casefold().replace(".", " ").split())))
