"""The map beside the list: what is found as points or squares, the shape that was drawn, prices of the page (SPEC 9.1)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import streamlit as st

from core import marketplace, markets
from core.kit.db import Json
from core.kit.errors import HotleadsError
from core.marketplace import ListingCard, SearchQuery, Spots
from dashboard import wording
from dashboard.components import drawing, figures
from dashboard.components.desk_map import Box, Pin, Scene, Told, desk_map
from dashboard.components.pager import first_page
from dashboard.components.points import Dot, points
from dashboard.current import glance, look
from dashboard.live import fragment, say
from dashboard.provider import market_shape
from dashboard.provider.market_card import places, tone
from dashboard.provider.market_filters import PLACE

PICK = "pick"  # the listing that was clicked on the map
SEEN, ANEW = "market-box", "market-anew"
WIDEST: Box = (-119.0, 28.0, -94.0, 39.0)


@fragment
def market_map(cards: Sequence[ListingCard], query: SearchQuery | None) -> None:
    """Draw the map; it looks for itself what lies in the part that is shown, so that moving it leaves the list alone."""
    if st.session_state.pop(ANEW, False):
        st.rerun()
    outlines = look(markets.outlines)
    if not drawing.available():
        _plain(outlines, cards)
        return
    shape, fit = _shape(query), _fit(query)
    seen, box = st.session_state.get(SEEN, (fit, None))
    found = _spots(query, box if seen == fit else None)
    shown = {str(each.lead_id) for each in cards}
    scene = Scene(
        pins=[_pin(each) for each in cards],
        dots=[dot for dot in map(_dot, found.spots) if dot[0] not in shown],
        squares=[(c.lon, c.lat, c.size_m, c.listings, figures.money(c.mean_cents)) for c in found.squares],
        shape=shape,
        view=_view(found, cards, shape, outlines),
        fit=fit,
        partial=bool(found.squares) or (seen == fit and box is not None),
    )
    desk_map(outlines, scene, Told(_drawn, _picked, lambda at: _moved(fit, at)), key="market-desk-map")
    st.caption(_legend(found, scene))


def _spots(query: SearchQuery | None, box: Box | None) -> Spots:
    if query is None:
        return Spots((), ())
    found = glance(marketplace.spots, query=query, box=box)
    if isinstance(found, HotleadsError):
        wording.show(found)
        return Spots((), ())
    return found


def _pin(each: ListingCard) -> Pin:
    words = f"{each.niche}, {each.zip} · {places(each)}"
    price = figures.money(each.price_cents).removesuffix(".00")
    return Pin(str(each.lead_id), each.lon, each.lat, price, each.quality, words, tone(each))


def _dot(spot: marketplace.Spot) -> tuple[str, float, float, str, str]:
    quality = "quality unknown" if spot.quality is None else f"quality {spot.quality:.0f}"
    return str(spot.lead_id), spot.lon, spot.lat, figures.money(spot.price_cents), f"{spot.niche}, {spot.zip} · {quality}"


def _fit(query: SearchQuery | None) -> str:
    """Names the search: when it changes, the map goes where it looks."""
    return json.dumps(query.document(), sort_keys=True) if query else st.query_params.get(market_shape.PARAM, "")


def _shape(query: SearchQuery | None) -> Json | None:
    """What the search is confined to; of a search that was refused, what was drawn, so that it can be seen and cleared."""
    if query is None:
        try:
            return market_shape.shape_of(st.query_params.get(market_shape.PARAM, ""))
        except HotleadsError:
            return None
    if query.polygon:
        return {"kind": "polygon", "corners": json.loads(query.polygon)["coordinates"][0][:-1]}
    if query.radius_m and query.lon is not None:
        return {"kind": "circle", "at": [query.lon, query.lat], "metres": query.radius_m}
    return None


def _view(found: Spots, cards: Sequence[ListingCard], shape: Json | None, outlines: Json) -> Box:
    """Where to look: at the shape, else at everything found, else at the markets."""
    if shape:
        return _widened(market_shape.box_of(shape))
    at: list[tuple[float, float]] = [(each.lon, each.lat) for each in (*found.spots, *found.squares, *cards)]
    if not at:
        at = [place for outline in outlines["features"] for place in _corners(outline["geometry"]["coordinates"])]
    if not at:
        return WIDEST
    lons, lats = zip(*at, strict=True)
    return _widened((min(lons), min(lats), max(lons), max(lats)))


def _widened(box: Box) -> Box:
    """With a margin, and at least some 5 km across."""
    west, south, east, north = box
    aside, above = max((east - west) * 0.06, 0.03), max((north - south) * 0.06, 0.025)
    return max(west - aside, -180), max(south - above, -85), min(east + aside, 180), min(north + above, 85)


def _corners(coordinates: Any) -> list[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [place for part in coordinates for place in _corners(part)]


def _legend(found: Spots, scene: Scene) -> str:
    words = "Prices are the first leads of the list, each at its blurred place; the bar under a price is its quality."
    if found.squares:
        return f"{words} The darker a square, the more leads lie in it."
    return f"{words} Dots are the others that fit." if scene.dots else words


def _drawn(told: Mapping[str, Any]) -> None:
    """A shape was drawn, or cleared: the address holds it, and the page searches in it."""
    st.session_state[ANEW] = True
    first_page(PLACE)
    st.query_params.pop("saved", None)
    if told.get("kind") == "none":
        st.query_params.pop(market_shape.PARAM, None)
        return
    try:
        st.query_params[market_shape.PARAM] = market_shape.address_of(told)
    except HotleadsError as error:
        say(wording.sentence(error), bad=True)


def _picked(lead_id: str) -> None:
    """A dot was clicked: its card comes to the top of the list."""
    try:
        st.query_params[PICK] = str(UUID(lead_id))
    except ValueError:
        return
    st.session_state[ANEW] = True


def _moved(fit: str, at: Sequence[float]) -> None:
    west, south, east, north = (float(each) for each in at)
    st.session_state[SEEN] = (fit, (max(west, -180.0), max(south, -85.0), min(east, 180.0), min(north, 85.0)))


def _plain(outlines: Json, cards: Sequence[ListingCard]) -> None:
    """Without Leaflet: the page's own leads as dots; areas are set by ZIP and distance."""
    dots = [
        Dot(each.lon, each.lat, f"{each.niche}\n{each.zip} · {figures.money(each.price_cents)}\n{places(each)}", tone(each))
        for each in cards
    ]
    points(outlines, dots, key="market-points", height=460)
    st.caption("The leads on this page, each at its blurred place. Yellow waits in your cart, green is yours.")
