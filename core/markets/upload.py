"""Read an outline that an admin uploads as GeoJSON, and say in words what is wrong with it."""

import json
import math
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape as to_shape
from shapely.geometry.base import BaseGeometry

from core.kit.lengths import land
from core.markets import atlas
from core.markets.boundary import Plane, many
from core.markets.errors import MarketInvalid

LARGEST_FILE = 2_000_000  # bytes
MOST_POINTS = 20_000
AREA_KM2 = (1, 150_000)
FARTHEST_FROM_A_ZIP_M = 150_000
DEPTH = 12  # brackets of a MultiPolygon inside a Feature of a FeatureCollection: 9


def read_outline(document: str | bytes | dict[str, Any]) -> BaseGeometry:
    """The areas of a GeoJSON document (WGS 84 degrees) as one shape; raises ``MarketInvalid`` on the field ``boundary``."""
    parts = [_geometry(part) for part in _areas(_parsed(document))]
    if not parts:
        raise _refusal("The file holds no area. Draw a Polygon or a MultiPolygon.")
    if (points := sum(shapely.get_num_coordinates(part) for part in parts)) > MOST_POINTS:
        raise _refusal(f"The outline has {points:,} points; {MOST_POINTS:,} is the most. Simplify it and upload it again.")
    _check_degrees(parts)
    for part in parts:
        if not part.is_valid:
            raise _refusal(
                f"The outline crosses or touches itself ({shapely.is_valid_reason(part)}). Redraw it without crossings."
            )
    shape = many(shapely.union_all(parts))
    _check_size(shape)
    _check_country(shape)
    return shape


def _parsed(document: str | bytes | dict[str, Any]) -> Any:
    text = json.dumps(document) if isinstance(document, dict) else document
    if len(text) > LARGEST_FILE:
        raise _refusal(f"The file is larger than {LARGEST_FILE // 1_000_000} MB. Simplify the outline and upload it again.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal("The file is not JSON. Export the outline as GeoJSON and upload that.") from error


def _areas(document: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The Polygons and MultiPolygons in a document."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list) and depth == 0:
        return [area for feature in document["features"] for area in _areas(feature, depth + 1)]
    if kind == "Feature" and depth <= 1:
        return _areas(document.get("geometry"), depth + 2)
    if kind in ("Polygon", "MultiPolygon"):
        return [document]
    named = f"a {kind}" if isinstance(kind, str) and len(kind) <= 30 else "something else"
    raise _refusal(f"The outline must be a Polygon or a MultiPolygon; the file holds {named}.")


def _geometry(area: dict[str, Any]) -> BaseGeometry:
    if not _numbers_only(area.get("coordinates")):
        raise _refusal("The coordinates can't be read: each point must be a pair of numbers, longitude first.")
    try:
        geometry = shapely.force_2d(to_shape(area))
    except (ShapelyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise _refusal(
            "The coordinates can't be read: an area needs rings of at least four points, the last like the first."
        ) from error
    if geometry.is_empty:
        raise _refusal("The outline is empty. Draw at least one area.")
    return geometry


def _numbers_only(value: Any, depth: int = 0) -> bool:
    if isinstance(value, list):
        return depth < DEPTH and bool(value) and all(_numbers_only(part, depth + 1) for part in value)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _check_degrees(parts: list[BaseGeometry]) -> None:
    west, south, east, north = shapely.total_bounds(parts).tolist()
    if west < -180 or east > 180 or south < -90 or north > 90:
        # Latitudes of the United States are 13 to 72, its longitudes below -64: the other way round shows here.
        swapped = west >= -90 and east <= 90 and south < -64
        hint = "Longitude must come first." if swapped else "Export it in degrees (WGS 84, EPSG:4326)."
        raise _refusal(f"The coordinates are not longitude and latitude in degrees. {hint}")


def _check_size(shape: BaseGeometry) -> None:
    least, most = AREA_KM2
    area_km2 = Plane.around(shape).to_metres(shape).area / 1e6
    if area_km2 < least:
        raise _refusal(f"The outline covers less than {land(least)}. Draw a larger area.")
    if area_km2 > most:
        raise _refusal(f"The outline covers {land(area_km2)}; {land(most)} is the most. Draw a smaller area.")


def _check_country(shape: BaseGeometry) -> None:
    """Every corner must be near a United States ZIP, and at least one ZIP inside."""
    plane = Plane.around(shape)
    corners = shapely.points(shapely.get_coordinates(plane.to_metres(shape)))
    reach = float(shapely.distance(corners, shapely.Point(0, 0)).max()) + FARTHEST_FROM_A_ZIP_M
    near = [(place.lon, place.lat) for place in atlas.around(plane.lon, plane.lat, metres=reach)]
    if not near or not _all_near(corners, shapely.get_parts(plane.to_metres(shapely.multipoints(near)))):
        raise _refusal("The outline lies, in part or whole, outside the United States. Longitude comes first in GeoJSON.")
    if not shapely.covers(shape, shapely.points(near)).any():
        raise _refusal("No ZIP code has its centre inside the outline. Draw a larger area.")


def _all_near(corners: Any, zips: Any) -> bool:
    found, _ = shapely.STRtree(zips).query_nearest(corners, max_distance=FARTHEST_FROM_A_ZIP_M, all_matches=False)
    return len(found) == len(corners)


def _refusal(sentence: str) -> MarketInvalid:
    return MarketInvalid("boundary", sentence)
