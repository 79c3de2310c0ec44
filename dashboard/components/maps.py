"""One map for every page: our own outlines, no tiles and no outside host; a list always stands beside it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians
from typing import Any

import streamlit as st

from dashboard.theme import HUES, Tone

WIDTH = 480.0


@dataclass(frozen=True, slots=True)
class Point:
    """A place to mark; ``radius_m`` draws how sure we are of it."""

    lon: float
    lat: float
    label: str = ""
    tone: Tone = "accent"
    radius_m: float = 0


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
    outlines: Sequence[dict[str, Any]], points: Sequence[Point], *, caption: str, areas: Sequence[dict[str, Any]] = ()
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
        f'<div class="hl-legend">{_legend(points, bool(areas))}<span>{escape(caption)}</span></div>'
    )


def _ink() -> dict[str, str]:
    return {name: pair[st.context.theme.type == "dark"] for name, pair in HUES.items()}


def _legend(points: Sequence[Point], areas: bool) -> str:
    told = {point.tone: point.label for point in points if point.label}
    items = [f'<span><i style="background: var(--hl-{tone})"></i>{escape(label)}</span>' for tone, label in told.items()]
    if areas:
        items.append('<span><i style="background: var(--hl-sea)"></i>Your areas</span>')
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
    places = [(lon, lat) for ring in _rings(shapes) for lon, lat, *_ in ring] or [
        (p.lon + dx, p.lat + dx) for p in points for dx in (-0.05, 0.05)
    ]
    west, east = min(lon for lon, _ in places), max(lon for lon, _ in places)
    south, north = min(lat for _, lat in places), max(lat for _, lat in places)
    squeeze = cos(radians((south + north) / 2))
    span = max((east - west) * squeeze, 0.01)
    scale = WIDTH * 0.92 / span
    margin = WIDTH * 0.04 / scale
    height = min(max((north - south + 2 * margin) * scale, WIDTH * 0.45), WIDTH * 1.1)
    middle = (north + south) / 2
    return Frame(west - margin / squeeze, middle + height / scale / 2, scale, squeeze, height)
