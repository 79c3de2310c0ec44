"""Areas shaded by a figure on our own outlines: darker is more; a table with the same rows stands beside it."""

from math import cos, log2, radians
from typing import Any

import pydeck as pdk
import streamlit as st

from dashboard import theme
from dashboard.theme import Tone

STEPS = 5
TILE = 512  # pixels that the whole world is wide at zoom 0
NARROWEST = 340  # pixels of the map on a phone
SHOWN = 0.94  # of the height: outlines do not touch the edge
LEAST_SPAN = 0.1  # degrees


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
        initial_view_state=view(collection, height),
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


def view(collection: dict[str, Any], height: int) -> pdk.ViewState:
    """Everything in sight, on a phone too."""
    places = [place for feature in collection["features"] for place in _places(feature["geometry"]["coordinates"])]
    if not places:
        return pdk.ViewState(latitude=34, longitude=-106, zoom=4)
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    latitude, longitude = (max(lats) + min(lats)) / 2, (max(lons) + min(lons)) / 2
    wide, high = max(lons) - min(lons), (max(lats) - min(lats)) / cos(radians(latitude))
    pixels_per_degree = min(NARROWEST / max(wide, LEAST_SPAN), height * SHOWN / max(high, LEAST_SPAN))
    return pdk.ViewState(latitude=latitude, longitude=longitude, zoom=log2(pixels_per_degree * 360 / TILE))


def _places(coordinates: Any) -> list[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [place for part in coordinates for place in _places(part)]
