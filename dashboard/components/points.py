"""Many points on our own outlines, drawn by the graphics card; the same rows stand in a table beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log2
from typing import Any

import pydeck as pdk
import streamlit as st

from dashboard import theme
from dashboard.theme import Tone

PHONE_PX, TILE_PX, STRETCH = 300, 512, 1.2  # a degree northwards is drawn longer than one eastwards


@dataclass(frozen=True, slots=True)
class Dot:
    """One place with what shows on hover."""

    lon: float
    lat: float
    text: str
    tone: Tone
    label: str = ""  # what its colour means, for the legend


def points(outlines: dict[str, Any], dots: Sequence[Dot], *, key: str, height: int = 460) -> None:
    """Draw dots over outlines (a GeoJSON FeatureCollection); style and outlines come from us, nothing from outside."""
    night = st.context.theme.type == "dark"
    deck = pdk.Deck(
        [_land(outlines, night=night), _dots(dots, night=night), _labels(outlines, night=night)],
        initial_view_state=_view(dots),
        map_provider="carto",
        map_style=f"/app/static/map-{'night' if night else 'paper'}.json",
        tooltip={"text": "{text}"},
    )
    st.pydeck_chart(deck, height=height, key=key)
    _legend(dots)


def _land(outlines: dict[str, Any], *, night: bool) -> pdk.Layer:
    return pdk.Layer(
        "GeoJsonLayer",
        outlines,
        get_fill_color=theme.rgba(theme.HUES["line"][night], 120),
        get_line_color=theme.rgba(theme.HUES["neutral"][night], 200),
        line_width_min_pixels=1,
    )


def _dots(dots: Sequence[Dot], *, night: bool) -> pdk.Layer:
    hues = {name: theme.rgba(pair[night], 210) for name, pair in theme.HUES.items()}
    return pdk.Layer(
        "ScatterplotLayer",
        [{"at": [dot.lon, dot.lat], "text": dot.text, "colour": hues[dot.tone]} for dot in dots],
        get_position="at",
        get_fill_color="colour",
        get_radius=700,
        radius_min_pixels=4,
        radius_max_pixels=12,
        pickable=True,
    )


def _labels(outlines: dict[str, Any], *, night: bool) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer",
        _names(outlines),
        get_position="at",
        get_text="name",
        get_color=theme.rgba(theme.HUES["soft"][night]),
        get_size=13,
        get_text_anchor="side",
        get_pixel_offset="aside",
        font_family=pdk.types.String('"Radio Canada", sans-serif'),
        font_weight=600,
        character_set=pdk.types.String("auto"),
    )


def _names(outlines: dict[str, Any]) -> list[dict[str, Any]]:
    """Each market's name beside its land, towards the middle of the map: a stranger knows where things lie, on a phone too."""
    boxes = [_box(outline["geometry"]["coordinates"]) for outline in outlines["features"]]
    middle = (min(west for west, *_ in boxes) + max(east for _, _, east, _ in boxes)) / 2 if boxes else 0.0
    named = []
    for outline, (west, south, east, north) in zip(outlines["features"], boxes, strict=True):
        western = (west + east) / 2 <= middle
        named.append(
            {
                "name": outline["properties"].get("name", ""),
                "at": [east if western else west, (south + north) / 2],
                "side": "start" if western else "end",
                "aside": [8, 0] if western else [-8, 0],
            }
        )
    return named


def _box(coordinates: Any) -> tuple[float, float, float, float]:
    lons, lats = zip(*_places(coordinates), strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _places(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _places(part)


def _legend(dots: Sequence[Dot]) -> None:
    """Every colour that is on the map with the words it stands for."""
    words: dict[Tone, list[str]] = {}
    for dot in dots:
        if dot.label and dot.label not in words.setdefault(dot.tone, []):
            words[dot.tone].append(dot.label)
    items = "".join(
        f'<span><i style="background: var(--hl-{tone})"></i>{escape(", ".join(labels))}</span>'
        for tone, labels in words.items()
        if labels
    )
    if items:
        st.html(f'<div class="hl-legend">{items}</div>')


def _view(dots: Sequence[Dot]) -> pdk.ViewState:
    """So near that everything still fits the width of a phone; the map does not know how wide it will be drawn."""
    if not dots:
        return pdk.ViewState(latitude=34, longitude=-106, zoom=3.5)
    lons, lats = [dot.lon for dot in dots], [dot.lat for dot in dots]
    span = max(max(lons) - min(lons), (max(lats) - min(lats)) * STRETCH, 0.2)
    zoom = log2(PHONE_PX * 360 / (TILE_PX * span))
    return pdk.ViewState(latitude=(max(lats) + min(lats)) / 2, longitude=(max(lons) + min(lons)) / 2, zoom=min(zoom, 9))
