"""The marketplace's map: prices, points or squares over our own outlines, with drawing; it works without any tile server.

Leaflet comes from our own address by ``npm ci``; without it the plain map of ``points`` stands in its place.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from core.kit.config import settings
from core.kit.db import Json
from dashboard import theme
from dashboard.theme import Tone

Box = tuple[float, float, float, float]  # west, south, east, north in degrees
HERE = Path(__file__).parent
_HTML = """
<div class="hl-desk-map" role="region" aria-label="Map of what is on sale">
  <div class="hl-desk-land"></div>
  <div class="hl-desk-tools">
    <button type="button" data-tool="polygon" aria-pressed="false">Draw an area</button>
    <button type="button" data-tool="circle" aria-pressed="false">Draw a circle</button>
    <button type="button" data-tool="clear" hidden>Clear the drawing</button>
  </div>
</div>"""


@dataclass(frozen=True, slots=True)
class Pin:
    """A listing of the list: its price on the map; ``words`` shows on hover, quality is 0 to 100."""

    id: str
    lon: float
    lat: float
    price: str
    quality: float | None
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Told:
    """What the reader does on the map, each with what it is told: a shape, an id, a box."""

    drawn: Callable[[Mapping[str, Any]], None]
    picked: Callable[[str], None]
    moved: Callable[[Sequence[float]], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is on the map: ``dots`` are (id, lon, lat, price, words), ``squares`` (lon, lat, metres, how many, mean price).

    ``partial``: moving the map may show more. ``fit`` names the search: when it changes, the map goes to ``view``.
    """

    pins: Sequence[Pin]
    dots: Sequence[tuple[str, float, float, str, str]]
    squares: Sequence[tuple[float, float, int, int, str]]
    shape: Json | None
    view: Box
    fit: str
    partial: bool


def desk_map(outlines: Json, scene: Scene, told: Told, *, key: str) -> None:
    """Draw it; the page runs again only for what ``told`` is called with."""
    _component()(
        data={
            "outlines": outlines,
            "land_key": _land_key(outlines),
            "ink": _ink(),
            "tiles": settings().map_tiles,
            "credit": escape(settings().map_credit),
            "pins": [_pin(pin) for pin in scene.pins],
            "dots": [list(dot) for dot in scene.dots],
            "squares": [list(square) for square in scene.squares],
            "shape": scene.shape,
            "view": list(scene.view),
            "fit": scene.fit,
            "partial": scene.partial,
        },
        key=key,
        on_drawn_change=lambda: _say(key, "drawn", told.drawn),
        on_picked_change=lambda: _say(key, "picked", told.picked),
        on_moved_change=lambda: _say(key, "moved", told.moved),
    )


def _say(key: str, what: str, listener: Callable[[Any], None]) -> None:
    heard = getattr(st.session_state.get(key), what, None)
    if heard is not None:
        listener(heard)


def _pin(pin: Pin) -> Json:
    return {
        "id": pin.id, "lon": pin.lon, "lat": pin.lat, "price": pin.price, "quality": pin.quality, "words": pin.words,
        "tone": pin.tone,
    }  # fmt: skip


def _ink() -> dict[str, str]:
    night = st.context.theme.type == "dark"
    return {name: theme.HUES[name][night] for name in ("line", "edge", "card", "sea", "accent")} | {
        "land": theme.NIGHT if night else theme.PAPER
    }


def _land_key(outlines: Json) -> str:
    return sha256(json.dumps([outlines, st.context.theme.type]).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component(
        "hotleads_desk_map", html=_HTML, js=(HERE / "desk_map.js").read_text(), isolate_styles=False
    )
