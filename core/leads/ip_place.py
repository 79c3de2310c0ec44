"""Where an internet address is, by a location database in MaxMind's format, when one is configured (SPEC 10.2)."""

from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import maxminddb

from core.kit.config import InvalidSettings, settings

EARTH_KM = 6_371.0
FAR_KM = 300  # a phone's network often comes out in the next big city
LEAST_KNOWN_KM = 1_000  # places less exact than this tell nothing


@dataclass(frozen=True, slots=True)
class IpPlace:
    """Degrees, and within how many kilometres of there the address is."""

    lat: float
    lon: float
    within_km: int


def configured() -> bool:
    """True when there is a database to look into."""
    return settings().ip_database is not None


def place_of(ip: str) -> IpPlace | None:
    """Where ``ip`` is; ``None`` when nobody knows. Raises ``InvalidSettings`` when the database can't be read."""
    path = settings().ip_database
    found: Any = _reader(path).get(ip) if path else None
    place = found.get("location", {}) if isinstance(found, dict) else {}
    if "latitude" not in place or "longitude" not in place:
        return None
    exact = IpPlace(place["latitude"], place["longitude"], place.get("accuracy_radius", 0))
    return exact if exact.within_km < LEAST_KNOWN_KM else None


def near(place: IpPlace, *, lat: float, lon: float) -> bool:
    """True when the address may be within ``FAR_KM`` of this point (degrees)."""
    return _apart_km(place.lat, place.lon, lat, lon) <= FAR_KM + place.within_km


def _apart_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    here, there = radians(lat), radians(other_lat)
    bow = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(bow))


@lru_cache(maxsize=1)
def _reader(path: Path) -> maxminddb.Reader:
    """Opened on first need and kept: the file is mapped, not read whole."""
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as failed:
        raise InvalidSettings(
            "settings.ip_database", f"HOTLEADS_IP_DATABASE: {path} can't be read; name a .mmdb file, or leave it empty."
        ) from failed
