"""Draw a market from the centroids of its ZIPs, since no outlines of counties or ZIPs come with the product.

Land belongs to the nearest ZIP centroid (Voronoi cells, made with the ZIPs of the surroundings too, so that a
market ends half-way to its neighbours' ZIPs), and a market reaches no further from its centroids than their radius
allows. Two markets never share land: what others have already is taken off last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from core.markets import atlas
from core.markets.atlas import Place

GRID = 1e-6  # degrees, about 0.1 m: every stored coordinate lies on it
RADIUS_M = (1_000, 30_000)
REACH_M = (6_000, 30_000)  # how far a market may extend from one of its centroids
SURROUNDINGS_M = 120_000
GAP_M = 12_000  # gaps between a market's own ZIPs narrower than twice this are filled
CORNERS_M = (1_500, 500, 150, 0)  # rounding of corners: the strongest that leaves every own centroid inside


@dataclass(frozen=True, slots=True)
class Drawn:
    """A market's shape in degrees, its centre, and for every ZIP its own piece of the market and its radius."""

    boundary: MultiPolygon
    centre: Point
    pieces: dict[str, MultiPolygon]
    radius_m: dict[str, int]


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point: exact enough over the few hundred kilometres of a market."""

    lon: float
    lat: float

    @classmethod
    def around(cls, shape: BaseGeometry) -> "Plane":
        """The plane of the middle of a shape's bounds."""
        west, south, east, north = shape.bounds
        return cls((west + east) / 2, (south + north) / 2)

    @property
    def scale(self) -> NDArray[np.float64]:
        """Metres per degree, east and north."""
        return np.array([111_320 * math.cos(math.radians(self.lat)), 110_950])

    def to_metres(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in degrees, in metres."""
        return shapely.transform(shape, lambda xy: (xy - [self.lon, self.lat]) * self.scale)

    def to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in metres, in degrees on the grid."""
        return shapely.set_precision(shapely.transform(shape, lambda xy: xy / self.scale + [self.lon, self.lat]), GRID)


def draw(places: Sequence[Place], *, taken: BaseGeometry, outline: BaseGeometry | None = None) -> Drawn:
    """The shape of a market with these ZIPs, outside of what is ``taken``; within ``outline`` when one is given.

    A ZIP's radius is the mean distance of its centroid from its four nearest neighbours, between 1 and 30 km:
    ZIPs are dense where people are, so this follows their size (SPEC 2.8). ``ValueError`` when a centroid of the
    market ends up outside, which only land that others hold can cause.
    """
    centroids = shapely.multipoints([(place.lon, place.lat) for place in places])
    plane = Plane.around(outline or centroids)
    cells, radii = _cells(places, plane)
    if outline is None:
        outline = _outline(plane.to_metres(centroids), cells, radii, plane, taken)
    boundary = free_land(outline, taken)
    if not shapely.covers(boundary, centroids):
        raise ValueError("a centroid of the market lies outside its boundary")
    pieces = {
        place.zip: many(shapely.intersection(plane.to_degrees(cell), boundary, grid_size=GRID))
        for place, cell in zip(places, cells, strict=True)
    }
    radius_m = {place.zip: round(radius) for place, radius in zip(places, radii, strict=True)}
    return Drawn(boundary, _centre(centroids, boundary), pieces, radius_m)


def free_land(outline: BaseGeometry, taken: BaseGeometry) -> MultiPolygon:
    """An outline in degrees without what is taken; a metre of distance keeps rounding from making two markets overlap."""
    return many(shapely.difference(shapely.set_precision(outline, GRID), taken.buffer(10 * GRID), grid_size=GRID))


def many(shape: BaseGeometry) -> MultiPolygon:
    """The areas of a shape as one MultiPolygon; lines and points that an operation left are dropped."""
    parts = [part for part in shapely.get_parts(shape, return_index=False) if isinstance(part, Polygon) and not part.is_empty]
    return MultiPolygon(parts)


def _cells(places: Sequence[Place], plane: Plane) -> tuple[list[BaseGeometry], NDArray[np.float64]]:
    """For each place its Voronoi cell and its radius, both in metres; places on one spot share a cell."""
    own = shapely.get_coordinates(plane.to_metres(shapely.multipoints([(p.lon, p.lat) for p in places])))
    reach = float(np.abs(own).max()) * math.sqrt(2) + SURROUNDINGS_M
    near = [(p.lon, p.lat) for p in atlas.around(plane.lon, plane.lat, metres=reach)]
    sites = np.unique(np.vstack([own, shapely.get_coordinates(plane.to_metres(shapely.multipoints(near)))]).round(3), axis=0)
    frame = shapely.box(-reach, -reach, reach, reach)
    cells = list(shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=frame).geoms) if len(sites) > 1 else [frame]
    whose, cell = shapely.STRtree(cells).query(shapely.points(own.round(3)), predicate="intersects")
    found = dict(zip(whose.tolist(), cell.tolist(), strict=True))
    distances = np.sqrt(((own[:, None] - sites[None]) ** 2).sum(axis=-1))
    distances.sort(axis=1)
    nearest = distances[:, 1:5] if len(sites) > 1 else np.full((len(own), 1), RADIUS_M[1])
    return [cells[found[number]] for number in range(len(own))], np.clip(nearest.mean(axis=1), *RADIUS_M)


def _outline(
    centroids: BaseGeometry, cells: list[BaseGeometry], radii: NDArray[np.float64], plane: Plane, taken: BaseGeometry
) -> BaseGeometry:
    """The land within reach of the centroids, gaps filled, inside the market's own cells, corners rounded."""
    own_land = shapely.union_all(cells)
    reach = np.clip(1.5 * radii, *REACH_M)
    discs = shapely.union_all(shapely.buffer(shapely.get_parts(centroids), reach))
    rough = shapely.intersection(discs.buffer(GAP_M).buffer(-GAP_M), own_land)
    free = plane.to_metres(taken)
    for corner in CORNERS_M:
        smooth = rough.buffer(corner).buffer(-2 * corner).buffer(corner) if corner else rough
        shape = shapely.difference(shapely.intersection(smooth, own_land).simplify(corner / 15), free)
        if shapely.covers(shape.buffer(-1), centroids):
            break
    return plane.to_degrees(shape)


def _centre(centroids: BaseGeometry, boundary: MultiPolygon) -> Point:
    """Where a map should open: the median of the centroids, which is where most people are, if it is inside."""
    lon, lat = np.median(shapely.get_coordinates(centroids), axis=0).round(6).tolist()
    middle = Point(lon, lat)
    return middle if boundary.covers(middle) else boundary.representative_point()
