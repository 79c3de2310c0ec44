"""Every United States ZIP code with its place, from the ``zipcodes`` package: data in the wheel, no network.

Only ZIPs of the type STANDARD count: PO boxes and ZIPs of a single firm have no land around them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import zipcodes

METRES_PER_MILE = 1609.344
_book: Any = zipcodes  # the package carries no types


@dataclass(frozen=True, slots=True)
class Place:
    """One ZIP: its centroid in degrees, and the county without the word "County"."""

    zip: str
    city: str
    county: str
    state: str
    timezone: str
    lon: float
    lat: float


def in_counties(counties: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Place]]:
    """The ZIPs of each ``(county, state)`` asked for, under the names as asked; a county we don't know has none."""
    asked = list(counties)
    known = {state: _places(state=state.upper()) for state in {state for _, state in asked}}
    return {
        (county, state): [place for place in known[state] if place.county.casefold() == _bare(county).casefold()]
        for county, state in asked
    }


def with_zips(zips: Collection[str]) -> dict[str, Place | None]:
    """The place of each ZIP (five digits) asked for; ``None`` where it is no ZIP with land around it."""
    found = {zip_: _book.matching(zip_) for zip_ in zips}
    return {zip_: next((_place(r) for r in records if r["zip_code_type"] == "STANDARD"), None) for zip_, records in found.items()}


def around(lon: float, lat: float, *, metres: float) -> list[Place]:
    """The ZIPs whose centroid lies within a distance of a point."""
    found = _book.filter_by_coordinates(lat, lon, metres / METRES_PER_MILE)
    return [_place(record) for record in found if record["zip_code_type"] == "STANDARD"]


def _places(**wanted: str) -> list[Place]:
    return [_place(record) for record in _book.filter_by(zip_code_type="STANDARD", **wanted)]


def _place(record: dict[str, Any]) -> Place:
    return Place(
        zip=record["zip_code"],
        city=record["city"],
        county=_bare(record["county"]),
        state=record["state"],
        timezone=record["timezone"],
        lon=float(record["long"]),
        lat=float(record["lat"]),
    )


def _bare(county: str) -> str:
    return " ".join(county.split()).removesuffix(" County").removesuffix(" county")
