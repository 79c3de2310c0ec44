"""A shape drawn on the marketplace's map: how the address says it, and what it asks of a search (SPEC 9.1).

``polygon:-115.2,36.1;-115.1,36.1;-115.1,36.2`` or ``circle:-115.17,36.11,8000``: degrees, and metres for the radius.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.marketplace import SearchInvalid

PARAM = "area"
DIGITS = 5  # about a metre
_UNREADABLE = "The area in this address can't be read. Draw it again, or clear it."


def address_of(drawn: Mapping[str, Any]) -> str:
    """What the map says was drawn, as the address says it; raises ``SearchInvalid`` for what no map would say."""
    try:
        if drawn["kind"] == "circle":
            return f"circle:{_place(drawn['at'])},{round(float(drawn['metres']))}"
        return "polygon:" + ";".join(_place(corner) for corner in drawn["corners"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SearchInvalid("area", _UNREADABLE) from error


def asked_by(address: str) -> dict[str, Any]:
    """The part of a search that a drawn shape asks for; raises ``SearchInvalid`` when there is no sense in it."""
    shape = shape_of(address)
    if shape["kind"] == "circle":
        lon, lat = shape["at"]
        return {"lon": lon, "lat": lat, "radius_m": shape["metres"]}
    corners = shape["corners"]
    return {"polygon": json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})}


def shape_of(address: str) -> dict[str, Any]:
    """The shape as the map draws it; raises ``SearchInvalid``."""
    kind, _, told = address.partition(":")
    try:
        if kind == "circle":
            lon, lat, metres = _numbers(told, 3)
            return {"kind": "circle", "at": [lon, lat], "metres": metres}
        if kind == "polygon":
            return {"kind": "polygon", "corners": [_numbers(corner, 2) for corner in told.split(";")]}
    except ValueError as error:
        raise SearchInvalid("area", _UNREADABLE) from error
    raise SearchInvalid("area", _UNREADABLE)


def box_of(shape: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east, north around a shape, in degrees."""
    if shape["kind"] == "polygon":
        lons, lats = zip(*shape["corners"], strict=True)
        return min(lons), min(lats), max(lons), max(lats)
    lon, lat = shape["at"]
    high = shape["metres"] / 111_320
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return lon - wide, lat - high, lon + wide, lat + high


def middle_of(address: str) -> dict[str, float]:
    """The point to measure from, for a search that sorts by distance."""
    west, south, east, north = box_of(shape_of(address))
    return {"lon": (west + east) / 2, "lat": (south + north) / 2}


def _place(at: Sequence[float]) -> str:
    lon, lat = at
    return f"{float(lon):.{DIGITS}f},{float(lat):.{DIGITS}f}"


def _numbers(told: str, count: int) -> list[float]:
    found = [float(part) for part in told.split(",")]
    if len(found) != count or not all(math.isfinite(number) for number in found):
        raise ValueError(told)
    return found
