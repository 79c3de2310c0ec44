"""A search as people ask it: checked once, carried by an address, kept with a saved search (SPEC 9.1)."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args
from uuid import UUID

from shapely import from_geojson, is_valid

from core.kit.db import Json
from core.kit.errors import Invalid
from core.kit.lengths import distance

Sort = Literal["newest", "price", "quality", "distance", "recommended"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_ROWS, LONGEST_TEXT, MOST_CORNERS, FARTHEST_M = 100, 200, 500, 500_000


class SearchInvalid(Invalid):
    """A search that can't be run; ``fields`` says which part and what to enter instead."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("search.invalid", sentence, fields={field: sentence})


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for; everything left out does not restrict. Distances in metres, prices in cents, quality 0 to 100."""

    niche_ids: tuple[UUID, ...] = ()
    market_ids: tuple[UUID, ...] = ()
    zips: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    polygon: str | None = None  # GeoJSON Polygon
    price_min_cents: int | None = None
    price_max_cents: int | None = None
    quality_min: float | None = None
    max_age_hours: float | None = None
    free_slots_min: int | None = None
    text: str | None = None
    similar_to: UUID | None = None
    sort: Sort = "newest"
    limit: int = 25

    def __post_init__(self) -> None:
        """Raise ``SearchInvalid`` for anything that can't be searched."""
        _check_place(self)
        _check_polygon(self.polygon)
        _check_figures(self)
        if self.text is not None and not (isinstance(self.text, str) and len(self.text) <= LONGEST_TEXT):
            raise SearchInvalid("text", f"Search for at most {LONGEST_TEXT} characters.")
        if any(len(zip_) != 5 or not zip_.isascii() or not zip_.isdigit() for zip_ in self.zips):
            raise SearchInvalid("zips", "A ZIP code has five digits.")
        if self.sort not in SORTS:
            raise SearchInvalid("sort", f"Sort by one of: {', '.join(SORTS)}.")
        if self.sort == "distance" and self.lon is None:
            raise SearchInvalid("sort", "Choose a point on the map to sort by distance.")

    @property
    def words(self) -> str:
        """The text to look for, blanks in one; empty for none."""
        storable = (self.text or "").replace("\x00", " ").encode("utf-8", "replace").decode()
        return " ".join(storable.split())

    def document(self) -> Json:
        """As it is kept: only what was asked for, ids as text."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: value for name, value in asked.items() if value not in (None, ()) and name != "limit"}
        return {name: self.words if name == "text" else _plain(value) for name, value in kept.items()}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "SearchQuery":
        """A kept search; raises ``SearchInvalid`` for one that nobody could have kept."""
        known = {field.name for field in fields(cls)}
        try:
            return cls(**{name: _read(name, value) for name, value in document.items() if name in known})
        except (TypeError, ValueError) as error:
            raise SearchInvalid("query", "This search can't be read. Start a new one.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def _read(name: str, value: Any) -> Any:
    if name in ("niche_ids", "market_ids"):
        return tuple(UUID(str(each)) for each in value)
    if name == "zips":
        return tuple(str(each) for each in value)
    return UUID(str(value)) if name == "similar_to" and value is not None else value


def _check_place(query: SearchQuery) -> None:
    if (query.lon is None) != (query.lat is None):
        raise SearchInvalid("lon", "A point needs both longitude and latitude.")
    if query.lon is not None and query.lat is not None and not (-180 <= query.lon <= 180 and -85 <= query.lat <= 85):
        raise SearchInvalid("lon", "Choose a point on the map: longitude -180 to 180, latitude -85 to 85 degrees.")
    if query.radius_m is not None and query.lon is None:
        raise SearchInvalid("radius_m", "A radius needs a point to be drawn around. Choose one on the map.")
    if query.radius_m is not None and not 0 < query.radius_m <= FARTHEST_M:
        raise SearchInvalid("radius_m", f"A radius is more than 0 and at most {distance(FARTHEST_M)} ({FARTHEST_M:,} metres).")


def _check_polygon(polygon: str | None) -> None:
    """A polygon of plain numbers with few enough corners, whose lines don't cross."""
    if polygon is None:
        return
    sentence = f"Draw one closed shape with 3 to {MOST_CORNERS} corners."
    try:
        shape = json.loads(polygon)
        rings: Sequence[Sequence[Any]] = shape["coordinates"]
        corners = [(_number(lon), _number(lat)) for ring in rings for lon, lat in ring]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise SearchInvalid("polygon", sentence) from error
    inside = all(math.isfinite(lon) and abs(lon) <= 180 and math.isfinite(lat) and abs(lat) <= 85 for lon, lat in corners)
    if shape.get("type") != "Polygon" or not 4 <= len(corners) <= MOST_CORNERS + 1 or not inside:
        raise SearchInvalid("polygon", sentence)
    if any(len(ring) < 4 or list(ring[0]) != list(ring[-1]) for ring in rings):
        raise SearchInvalid("polygon", sentence)
    if not is_valid(from_geojson(polygon)):
        raise SearchInvalid("polygon", "The lines of this shape cross. Draw it again without crossing.")


def _number(value: Any) -> float:
    """A corner's coordinate; text and truth values, which Python would take for numbers, raise ``TypeError``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a coordinate is a number")
    return float(value)


def _check_figures(query: SearchQuery) -> None:
    for field, words, most in (
        ("price_min_cents", "A price", 10**9), ("price_max_cents", "A price", 10**9), ("quality_min", "Quality", 100),
        ("max_age_hours", "An age in hours", 24 * 366), ("free_slots_min", "A number of free places", 100),
    ):  # fmt: skip
        value = getattr(query, field)
        if value is not None and not (isinstance(value, int | float) and 0 <= value <= most):
            raise SearchInvalid(field, f"{words} is 0 to {most:,}.")
    if query.price_min_cents is not None and query.price_max_cents is not None and query.price_min_cents > query.price_max_cents:
        raise SearchInvalid("price_min_cents", "The lowest price can't be above the highest.")
    if not isinstance(query.limit, int) or not 1 <= query.limit <= MOST_ROWS:
        raise SearchInvalid("limit", f"A page has 1 to {MOST_ROWS} leads.")
