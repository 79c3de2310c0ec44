"""Where a lead is, and the blurred point that strangers see instead (SPEC 2.8)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core import markets
from core.kit.crypto import keyed_hash
from core.kit.seen import seen
from core.leads import grounds, zip_book
from core.leads.errors import OutsideMarkets
from core.markets import ZipPlace

PIN_ACCURACY_M = 30
LEAST_BLUR_M = 500
EARTH_M = 6_371_000
_ZIP = re.compile(r"([0-9]{5})(?:-[0-9]{4})?")


@dataclass(frozen=True, slots=True)
class Place:
    """A true point in degrees with its source and accuracy in metres, and the ZIP and market around it."""

    zip: ZipPlace
    market_slug: str
    lon: float
    lat: float
    source: Literal["pin", "geocoder", "zip"]
    accuracy_m: int


@dataclass(frozen=True, slots=True)
class Pin:
    """A point that somebody set."""

    lon: float
    lat: float
    accuracy_m: int = PIN_ACCURACY_M


def read_zip(given: Any) -> str | None:
    """Five digits out of ``89109`` or ``89109-1234``; ``None`` for anything else."""
    found = _ZIP.fullmatch(seen(given)) if isinstance(given, str) else None
    return found.group(1) if found else None


def read_pin(given: Any) -> tuple[Pin | None, dict[str, str]]:
    """A point from ``{"lat", "lon"}`` (and ``accuracy_m``), and what is wrong with it by field."""
    if given is None:
        return None, {}
    if not isinstance(given, Mapping):
        return None, {"point": "Give the point as lat and lon in degrees."}
    lat, lon, accuracy = given.get("lat"), given.get("lon"), given.get("accuracy_m", PIN_ACCURACY_M)
    errors = {}
    if not _between(lat, -90, 90):
        errors["point.lat"] = "Latitude is a number from -90 to 90."
    if not _between(lon, -180, 180):
        errors["point.lon"] = "Longitude is a number from -180 to 180."
    if not _between(accuracy, 0, 100_000):
        errors["point.accuracy_m"] = "Accuracy is in metres, from 0 to 100,000."
    return (None, errors) if errors else (Pin(float(lon), float(lat), math.ceil(accuracy)), {})  # type: ignore[arg-type]


def find(session: Session, *, zip: str | None, pin: Pin | None, zip_field: str) -> tuple[Place | None, dict[str, str]]:
    """The place of a pin, else of a ZIP, and what is wrong by field; raises ``OutsideMarkets``."""
    if pin is not None:
        return _of_pin(session, pin, zip, zip_field)
    if zip is None:
        return None, {zip_field: "Enter a five-digit ZIP code."}
    found = grounds.zip_place(session, zip)
    if found is None:
        if not zip_book.is_real(zip):
            return None, {zip_field: "We don't know this ZIP code."}
        raise OutsideMarkets(zip_field)
    slug = grounds.market(session, found.market_id).slug
    return Place(found, slug, found.lon, found.lat, "zip", found.radius_m), {}


def _of_pin(session: Session, pin: Pin, zip: str | None, zip_field: str) -> tuple[Place | None, dict[str, str]]:
    market_id = markets.market_at(session, lon=pin.lon, lat=pin.lat)
    around = markets.place_of_zip(session, zip) if zip else markets.zip_at(session, lon=pin.lon, lat=pin.lat)
    if market_id is None or (around is None and not zip):
        raise OutsideMarkets("point")
    if around is None or around.market_id != market_id:
        return None, {zip_field: "This ZIP code is far from the point on the map."}
    return Place(around, grounds.market(session, market_id).slug, pin.lon, pin.lat, "pin", pin.accuracy_m), {}


def public_point(place: Place, lead_id: UUID) -> tuple[float, float]:
    """Longitude and latitude moved by 1 to 1.5 times the blur (500 m, or the accuracy if more), the same each time.

    Direction and distance come from a keyed hash. For a pin it is of the spot (to about 100 m), so that several
    leads of one home don't average out to it; ZIP centroids are public, there each lead gets its own.
    """
    spot = f"{place.lon:.3f}:{place.lat:.3f}" if place.source != "zip" else str(lead_id)
    chance = bytes.fromhex(keyed_hash(spot, purpose="public-point"))
    bearing = int.from_bytes(chance[:8]) / 2**64 * 2 * math.pi
    metres = max(LEAST_BLUR_M, place.accuracy_m) * (1.001 + 0.499 * int.from_bytes(chance[8:16]) / 2**64)
    return _moved(place.lon, place.lat, bearing=bearing, metres=metres)


def _moved(lon: float, lat: float, *, bearing: float, metres: float) -> tuple[float, float]:
    """Destination along a great circle."""
    way, here = metres / EARTH_M, math.radians(lat)
    there = math.asin(math.sin(here) * math.cos(way) + math.cos(here) * math.sin(way) * math.cos(bearing))
    east = math.atan2(math.sin(bearing) * math.sin(way) * math.cos(here), math.cos(way) - math.sin(here) * math.sin(there))
    return (lon + math.degrees(east) + 540) % 360 - 180, math.degrees(there)


def _between(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
