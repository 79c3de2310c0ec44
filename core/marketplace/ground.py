"""Places as the map draws them: metres of Web Mercator (EPSG:3857), which are longer than the ground's by the latitude.

Worked out here and not by the database: a statement that is planned once then has plain values to walk its index with.
"""

from math import atan, cos, degrees, exp, log, pi, radians, tan
from typing import NamedTuple

from numpy import array, float64
from numpy.typing import NDArray
from shapely import Geometry, from_geojson, set_srid, to_wkb, transform

EARTH_M = 6_378_137
MAP = 3857
SIZES = (64_000, 16_000, 4_000, 1_000)  # how wide the kept squares are, by level; cell_size() in 21_marketplace.sql says the same


class Spread(NamedTuple):
    """How far a searched place reaches on the map, and how much of it there is: metres and square metres of the map."""

    west: float
    south: float
    east: float
    north: float
    area: float


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """A place in degrees as metres of the map."""
    held = max(-85.0, min(85.0, lat))
    return radians(lon) * EARTH_M, log(tan(pi / 4 + radians(held) / 2)) * EARTH_M


def in_degrees(x: float, y: float) -> tuple[float, float]:
    """Metres of the map as longitude and latitude."""
    return degrees(x / EARTH_M), degrees(2 * atan(exp(y / EARTH_M)) - pi / 2)


def shrink(lat: float) -> float:
    """How many metres of ground a metre of the map is at this latitude."""
    return cos(radians(lat))


def point(lon: float, lat: float) -> str:
    """A place in degrees as the database reads a geometry."""
    x, y = mercator(lon, lat)
    return f"SRID={MAP};POINT({x!r} {y!r})"


def around(lon: float, lat: float, reach: float) -> Spread:
    """A circle on the map; ``reach`` in metres of the map."""
    x, y = mercator(lon, lat)
    return Spread(x - reach, y - reach, x + reach, y + reach, pi * reach**2)


def shape(polygon: str) -> tuple[str, Spread]:
    """A GeoJSON polygon in degrees likewise, and its reach; its edges are straight on the map, as they were drawn."""

    def onto_map(corners: NDArray[float64]) -> NDArray[float64]:
        return array([mercator(lon, lat) for lon, lat in corners])

    drawn: Geometry = transform(from_geojson(polygon), onto_map)
    west, south, east, north = drawn.bounds
    return str(to_wkb(set_srid(drawn, MAP), hex=True, include_srid=True)), Spread(west, south, east, north, drawn.area)
