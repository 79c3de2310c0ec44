"""Areas shaded by a figure on our own outlines: darker is more; a table with the same rows stands beside it."""

from typing import Any

import pydeck as pdk
import streamlit as st

from dashboard import theme
from dashboard.theme import Tone

STEPS = 5


def regions(collection: dict[str, Any], *, of: str, words: str, key: str, tone: Tone = "sea", height: int = 460) -> None:
    """Shade each feature by its property ``of``; ``words`` is what shows on hover, with properties in braces."""
    night = st.context.theme.type == "dark"
    limits = _limits([feature["properties"][of] or 0 for feature in collection["features"]])
    colour = theme.HUES[tone][night]
    for feature in collection["features"]:
        step = sum((feature["properties"][of] or 0) > limit for limit in limits)
        feature["properties"]["fill"] = theme.rgba(colour, 18 + step * 46)
    layer = pdk.Layer(
        "GeoJsonLayer",
        collection,
        get_fill_color="properties.fill",
        get_line_color=theme.rgba(theme.HUES["neutral"][night], 120),
        line_width_min_pixels=1,
        pickable=True,
    )
    deck = pdk.Deck(
        [layer],
        initial_view_state=_view(collection),
        map_provider="carto",
        map_style=f"/app/static/map-{'night' if night else 'paper'}.json",
        tooltip={"text": words},
    )
    st.pydeck_chart(deck, height=height, key=key)
    st.caption(_legend(limits))


def _limits(values: list[float]) -> list[float]:
    """Bounds that part the areas with something into groups of like size."""
    some = sorted(value for value in values if value)
    return sorted({0, *(some[len(some) * n // STEPS] for n in range(1, STEPS))}) if some else [0]


def _legend(limits: list[float]) -> str:
    told = [f"{limit:g}" for limit in limits if limit]
    return "The darker, the more." + (f" The shade changes above {', '.join(told)}." if told else "")


def _view(collection: dict[str, Any]) -> pdk.ViewState:
    places = [place for feature in collection["features"] for place in _places(feature["geometry"]["coordinates"])]
    if not places:
        return pdk.ViewState(latitude=34, longitude=-106, zoom=4)
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    span = max(max(lons) - min(lons), max(lats) - min(lats), 0.2)
    zoom = next((level for level, width in ((8, 1.6), (7, 3), (6, 6), (5, 12)) if span <= width), 4)
    return pdk.ViewState(latitude=(max(lats) + min(lats)) / 2, longitude=(max(lons) + min(lons)) / 2, zoom=zoom)


def _places(coordinates: Any) -> list[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [place for part in coordinates for place in _places(part)]
