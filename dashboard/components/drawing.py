"""Draw an area by hand: Leaflet in its own frame, every file from our own address, no tiles."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.kit.db import Json
from dashboard import theme

VENDOR = Path(__file__).parent.parent / "node_modules"
LEAFLET, DRAW = "/vendor/leaflet/dist", "/vendor/leaflet-draw/dist"


def available() -> bool:
    """True when ``npm ci`` has brought Leaflet and its drawing tools; otherwise the other ways remain."""
    return (VENDOR / "leaflet/dist/leaflet.js").exists() and (VENDOR / "leaflet-draw/dist/leaflet.draw.js").exists()


def draw(outline: Json, *, centre: tuple[float, float], key: str) -> Json | None:
    """A map of the outline to draw on; the last polygon drawn as a GeoJSON geometry."""
    from streamlit_folium import st_folium

    board: dict[str, Any] | None = st_folium(
        _board(outline, centre), key=key, height=440, use_container_width=True, returned_objects=["last_active_drawing"]
    )
    last = (board or {}).get("last_active_drawing")
    return last["geometry"] if last else None


@st.cache_resource(max_entries=50, show_spinner=False)
def _board(_outline: Json, centre: tuple[float, float]) -> Any:
    import folium
    from folium.plugins import Draw

    board = folium.Map(location=centre, zoom_start=9, tiles=None, attr="", prefer_canvas=True)
    board.default_js = [("leaflet", f"{LEAFLET}/leaflet.js")]
    board.default_css = [("leaflet_css", f"{LEAFLET}/leaflet.css")]
    colours = {"color": theme.NEUTRAL, "weight": 1, "fillColor": theme.SAND, "fillOpacity": 0.6}
    whole = folium.GeoJson(_outline, style_function=lambda _: colours)
    whole.add_to(board)
    board.fit_bounds(whole.get_bounds())
    shape = {"shapeOptions": {"color": theme.SEA, "fillColor": theme.SEA}}
    off = dict.fromkeys(("polyline", "circle", "circlemarker", "marker"), False)
    tools = Draw(export=False, draw_options=off | {"polygon": shape, "rectangle": shape})
    tools.default_js = [("leaflet_draw_js", f"{DRAW}/leaflet.draw.js")]
    tools.default_css = [("leaflet_draw_css", f"{DRAW}/leaflet.draw.css")]
    tools.add_to(board)
    return board
