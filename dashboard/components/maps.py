"""One map for every page: our own outlines, no tiles and no outside host; a list always stands beside it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians
from typing import Any, Protocol

import streamlit as st

from dashboard.theme import HUES, Tone

WIDTH, LOWEST, TALLEST = 640.0, 300.0, 440.0


@dataclass(frozen=True, slots=True)
class Point:
    """A place to mark; ``radius_m`` draws how sure we are of it."""

    lon: float
    lat: float
    label: str = ""
    tone: Tone = "accent"
    radius_m: float = 0


class HasShape(Protocol):
    """Anything with land as GeoJSON geometry."""

    @property
    def geojson(self) -> dict[str, Any]:
        """The geometry."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """From longitude and latitude to the drawing, equal scale in both directions at this latitude."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place lies in the drawing."""
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale

    def metres(self, metres: float) -> float:
        """A length on the ground in the drawing."""
        return metres / 111_320 * self.scale


def locator(
    outlines: Sequence[dict[str, Any]],
    points: Sequence[Point],
    *,
    caption: str,
    areas: Sequence[dict[str, Any]] = (),
    areas_label: str = "Your areas",
) -> None:
    """Draw outlines (GeoJSON), areas and points as one picture that needs no script."""
    ink = _ink()
    frame = _frame([*outlines, *areas], points)
    shapes = "".join(_path(frame, ring, ink["line"], ink["neutral"], 0.5) for ring in _rings(outlines))
    shapes += "".join(_path(frame, ring, ink["sea"], ink["sea"], 0.22) for ring in _rings(areas))
    shapes += "".join(_mark(frame, point, ink) for point in points)
    size = f"0 0 {WIDTH:.0f} {frame.height:.0f}"
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">'
        f'<rect width="100%" height="100%" fill="{ink["card"]}"/>{shapes}</svg>'
    )
    # As an image: the page's sanitizer lets no drawing through, and an image can't run anything.
    encoded = b64encode(picture.encode()).decode()
    st.html(
        f'<img class="hl-map" alt="{escape(caption)}" src="data:image/svg+xml;base64,{encoded}">'
        f'<div class="hl-legend">{_legend(points, areas_label if areas else "")}<span>{escape(caption)}</span></div>'
    )


def overlap(outline: dict[str, Any], areas: Sequence[HasShape]) -> bool:
    """True when the box around an outline meets the box around one of the areas: enough to choose what to draw."""
    west, south, east, north = _box([outline])
    boxes = [_box([area.geojson]) for area in areas]
    return any(w <= east and e >= west and s <= north and n >= south for w, s, e, n in boxes)


def _box(shapes: Sequence[dict[str, Any]]) -> tuple[float, float, float, float]:
    places = [(lon, lat) for ring in _rings(shapes) for lon, lat, *_ in ring]
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    return min(lons), min(lats), max(lons), max(lats)


def _ink() -> dict[str, str]:
    return {name: pair[st.context.theme.type == "dark"] for name, pair in HUES.items()}


def _legend(points: Sequence[Point], areas: str) -> str:
    told = {point.tone: point.label for point in points if point.label}
    items = [f'<span><i style="background: var(--hl-{tone})"></i>{escape(label)}</span>' for tone, label in told.items()]
    if areas:
        items.append(f'<span><i style="background: var(--hl-sea)"></i>{escape(areas)}</span>')
    return "".join(items)


def _mark(frame: Frame, point: Point, ink: dict[str, str]) -> str:
    x, y = frame.xy(point.lon, point.lat)
    at = f'cx="{x:.1f}" cy="{y:.1f}" fill="{ink[point.tone]}"'
    halo = f'<circle {at} r="{max(frame.metres(point.radius_m), 7):.1f}" fill-opacity="0.18"/>'
    dot = f'<circle {at} r="5" stroke="{ink["card"]}" stroke-width="1.5"/>'
    return (halo if point.radius_m else "") + dot


def _path(frame: Frame, ring: Sequence[Sequence[float]], fill: str, stroke: str, opacity: float) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (frame.xy(lon, lat) for lon, lat, *_ in ring))
    return f'<polygon points="{points}" fill="{fill}" fill-opacity="{opacity}" stroke="{stroke}"/>'


def _rings(shapes: Iterable[dict[str, Any]]) -> list[Sequence[Sequence[float]]]:
    """Outer rings of Polygon, MultiPolygon, Feature or FeatureCollection."""
    rings: list[Sequence[Sequence[float]]] = []
    for shape in shapes:
        kind = shape.get("type")
        if kind == "FeatureCollection":
            rings += _rings(shape["features"])
        elif kind == "Feature":
            rings += _rings([shape["geometry"]])
        elif kind == "Polygon":
            rings.append(shape["coordinates"][0])
        elif kind == "MultiPolygon":
            rings += [polygon[0] for polygon in shape["coordinates"]]
    return rings


def _frame(shapes: Sequence[dict[str, Any]], points: Sequence[Point]) -> Frame:
    """A frame that shows every shape whole, or the surroundings of the points when there is none."""
    places = [(lon, lat) for ring in _rings(shapes) for lon, lat, *_ in ring] or [
        (p.lon + d, p.lat + d) for p in points for d in (-0.05, 0.05)
    ]
    west, east = min(lon for lon, _ in places), max(lon for lon, _ in places)
    south, north = min(lat for _, lat in places), max(lat for _, lat in places)
    squeeze = cos(radians((south + north) / 2))
    wide, high = max((east - west) * squeeze, 0.01), max(north - south, 0.01)
    scale = 0.92 * min(WIDTH / wide, TALLEST / high)
    height = min(max(high * scale / 0.92, LOWEST), TALLEST)
    left = (west + east) / 2 - WIDTH / scale / squeeze / 2
    top = (south + north) / 2 + height / scale / 2
    return Frame(left, top, scale, squeeze, height)
