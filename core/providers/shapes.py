"""From what a person drew or typed to land: each kind of service area as a shape in degrees (SPEC 4.4)."""

import json
import math
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import shape as read_geometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import markets
from core.kit.db import Json
from core.kit.lengths import distance
from core.providers.errors import InvalidArea

MOST_POINTS, MOST_ZIPS = 2000, 500
SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 100, 300_000
_ZIP = re.compile(r"\d{5}")


def kept_definition(session: Session, kind: str, definition: Json) -> tuple[Json, str]:
    """The definition as it is kept, and its land as GeoJSON geometry; raises ``InvalidArea`` with the field's sentence."""
    reader = KINDS.get(kind)
    if reader is None:
        raise InvalidArea("kind", f"An area is one of {', '.join(KINDS)}.")
    return reader(session, definition)


def _polygon(_session: Session, definition: Json) -> tuple[Json, str]:
    """A drawn polygon: ``{"geojson": Polygon | MultiPolygon | Feature | FeatureCollection}``; all polygons of a
    collection are one area, and lines that cross themselves are untangled."""
    drawn = _one_shape(definition.get("geojson"))
    if not isinstance(drawn, dict) or drawn.get("type") not in ("Polygon", "MultiPolygon"):
        raise InvalidArea("geojson", "Draw a polygon, or upload GeoJSON that holds polygons only.")
    points = _count_points(drawn.get("coordinates"))
    if points > MOST_POINTS:
        raise InvalidArea("geojson", f"The shape has {points:,} points; at most {MOST_POINTS:,} are allowed. Simplify it.")
    try:
        land = read_geometry({"type": drawn["type"], "coordinates": drawn["coordinates"]})
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, shapely.errors.ShapelyError) as error:
        raise InvalidArea("geojson", "The shape can't be read. Draw it again with at least three corners.") from error
    if land.has_z:
        land = shapely.force_2d(land)
    whole = _land_only(land if land.is_valid else shapely.make_valid(land))
    if whole.is_empty or whole.area < 1e-8:  # about 100 square metres
        raise InvalidArea("geojson", "The shape encloses no land. Draw an area with at least three corners.")
    geojson = shapely.to_geojson(whole)
    return {"geojson": json.loads(geojson)}, geojson


def _one_shape(drawn: Any) -> Any:
    """The geometry of a feature; of a collection, a MultiPolygon of all its polygons, or nothing when it has others."""
    if not isinstance(drawn, dict):
        return drawn
    if drawn.get("type") == "Feature":
        return drawn.get("geometry")
    if drawn.get("type") != "FeatureCollection":
        return drawn
    features = drawn.get("features")
    if not isinstance(features, list) or not 1 <= len(features) <= MOST_POINTS:
        return None
    polygons: list[Any] = []
    for feature in features:
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        kind, coordinates = (shape.get("type"), shape.get("coordinates")) if isinstance(shape, dict) else (None, None)
        if kind == "Polygon":
            polygons.append(coordinates)
        elif kind == "MultiPolygon" and isinstance(coordinates, list):
            polygons += coordinates
        else:
            return None
    return {"type": "MultiPolygon", "coordinates": polygons}


def _circle(session: Session, definition: Json) -> tuple[Json, str]:
    """A circle on the ground: ``{"lon", "lat", "radius_m"}``."""
    lon, lat = _degrees(definition, "lon", 180), _degrees(definition, "lat", 90)
    radius: Any = definition.get("radius_m")
    if not _is_number(radius) or not SMALLEST_RADIUS_M <= radius <= LARGEST_RADIUS_M:
        least, most = SMALLEST_RADIUS_M, LARGEST_RADIUS_M
        told = f"{distance(least)} to {distance(most)} ({least:,} to {most:,} metres)"
        raise InvalidArea("radius_m", f"Enter a radius of {told}.")
    made = text("select ST_AsGeoJSON(ST_Buffer(ST_Point(:lon, :lat, 4326)::geography, :radius, 'quad_segs=32')::geometry, 7)")
    geojson = session.execute(made, {"lon": lon, "lat": lat, "radius": float(radius)}).scalar_one()
    return {"lon": lon, "lat": lat, "radius_m": radius}, geojson


def _zips(session: Session, definition: Json) -> tuple[Json, str]:
    """A list of ZIPs: ``{"zips": ["89109", ...]}``."""
    given = definition.get("zips")
    if not isinstance(given, list) or not given:
        raise InvalidArea("zips", "Enter at least one ZIP.")
    if len(given) > MOST_ZIPS:
        raise InvalidArea("zips", f"At most {MOST_ZIPS} ZIPs make one area; split them into several.")
    wrong = [str(zip)[:20] for zip in given if not isinstance(zip, str) or not _ZIP.fullmatch(zip)]
    if wrong:
        raise InvalidArea("zips", f"A ZIP has five digits. Please correct {_some(wrong)}.")
    wanted = sorted(set(given))
    known = session.scalars(text("select zip from market_zip where zip = any(:zips)"), {"zips": wanted}).all()
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise InvalidArea("zips", f"No market has {_some(missing)}. Remove {'it' if len(missing) == 1 else 'them'}.")
    land = markets.area_of_zips(session, wanted)
    return {"zips": wanted}, json.dumps(land)


def _county(session: Session, definition: Json) -> tuple[Json, str]:
    """A county within a market: ``{"market_id", "county", "state"}``."""
    market_id = _market_id(definition)
    county, state = definition.get("county"), definition.get("state")
    if not isinstance(county, str) or not isinstance(state, str):
        raise InvalidArea("county", "Choose a county of the market.")
    land = markets.area_of_county(session, market_id, county=county, state=state)
    if land is None:
        raise InvalidArea("county", "The market has no such county. Choose one from the list.")
    return {"market_id": str(market_id), "county": county, "state": state}, json.dumps(land)


def _market(session: Session, definition: Json) -> tuple[Json, str]:
    """A whole market: ``{"market_id"}``."""
    market_id = _market_id(definition)
    geojson = session.scalar(text("select ST_AsGeoJSON(boundary, 7) from market where id = :id"), {"id": market_id})
    if geojson is None:
        raise InvalidArea("market_id", "There is no such market. Choose one from the list.")
    return {"market_id": str(market_id)}, geojson


KINDS: dict[str, Callable[[Session, Json], tuple[Json, str]]] = {
    "polygon": _polygon,
    "circle": _circle,
    "zips": _zips,
    "county": _county,
    "market": _market,
}


def _market_id(definition: Json) -> UUID:
    try:
        return UUID(str(definition.get("market_id")))
    except ValueError:
        raise InvalidArea("market_id", "Choose a market.") from None


def _degrees(definition: Json, name: str, most: int) -> float:
    value: Any = definition.get(name)
    if not _is_number(value) or abs(value) > most:
        raise InvalidArea(name, f"Enter the centre's {'longitude' if name == 'lon' else 'latitude'} in degrees.")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count_points(coordinates: Any) -> int:
    """How many corners a GeoJSON list of rings has; raises ``InvalidArea`` unless every one is a place on Earth."""
    waiting, points = [(coordinates, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, list) or not value or depth > 3:
            raise InvalidArea("geojson", "The shape can't be read. Draw it again.")
        if isinstance(value[0], list):
            waiting.extend((member, depth + 1) for member in value)
            continue
        good = len(value) in (2, 3) and all(map(_is_number, value)) and abs(value[0]) <= 180 and abs(value[1]) <= 90
        if not good:
            raise InvalidArea("geojson", "Every corner is a longitude and a latitude in degrees.")
        points += 1
    return points


def _land_only(shape: Any) -> Any:
    """The polygons of a shape; points and lines that untangling left over are dropped."""
    parts = [part for part in shapely.get_parts(shapely.get_parts([shape])).tolist() if part.geom_type == "Polygon"]
    return shapely.union_all(parts)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
