"""Postal short forms of words: of streets, directions and units (Publication 28)."""

from functools import lru_cache
from typing import Any

from core.leads.postal.beside import BARE_UNITS

DIRECTIONS = {
    long: short
    for short, long in (
        pair.split()
        for pair in ("N NORTH", "S SOUTH", "E EAST", "W WEST", "NE NORTHEAST", "NW NORTHWEST", "SE SOUTHEAST", "SW SOUTHWEST")
    )
}
DIRECTIONS |= {short: short for short in DIRECTIONS.values()}


def short_forms() -> tuple[dict[str, str], dict[str, str]]:
    """Postal short forms by word: of streets and directions, and of units."""
    streets, units, _ = tables()
    return streets, units


@lru_cache(maxsize=1)
def tables() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Short forms of streets and directions, short forms of units, and the short forms that are a kind of street."""
    # Imported on first use: the model file behind it takes 0.1 s, and processes that never need it don't pay.
    from scourgify.address_constants import DIRECTIONAL_REPLACEMENTS, OCCUPANCY_TYPE_ABBREVIATIONS, STREET_TYPE_ABBREVIATIONS

    streets = STREET_TYPE_ABBREVIATIONS | DIRECTIONAL_REPLACEMENTS
    units = dict(OCCUPANCY_TYPE_ABBREVIATIONS) | {short: short for short in OCCUPANCY_TYPE_ABBREVIATIONS.values()}
    return streets, units, frozenset(STREET_TYPE_ABBREVIATIONS.values())


def shortened(words: list[str]) -> str:
    """Words in postal short forms, except the first of a street's name: "12 Park Ave" stays Park."""
    streets, _, types = tables()
    bare = [word for part in words if (word := part.strip(",;:"))]
    last = max((at for at, word in enumerate(bare) if at > 1 and streets.get(word) in types), default=-1)
    short = {last: streets, 1: DIRECTIONS if len(bare) > 2 else {}}
    return " ".join(short.get(at, {}).get(word, word) for at, word in enumerate(bare))


def unit_form(text: str | None) -> str | None:
    """A unit in short forms: ``APT 4``, ``STE 200-B``; a bare ``4`` is ``# 4``."""
    if not text:
        return None
    _, units, _ = tables()
    words: list[Any] = [units.get(word, word) for word in text.replace("#", " # ").replace(",", " ").split()]
    if len(words) > 2 and words[0] in units and words[1] in ("#", "NO"):  # "APT # 4"
        del words[1]
    if len(words) == 2 and words[0] == "UNIT" and words[1] in BARE_UNITS:  # "(rear)"
        words = [BARE_UNITS[words[1]]]
    if len(words) == 1 and any(char.isdigit() for char in words[0]):
        return f"# {words[0]}"
    return " ".join(words) or None
