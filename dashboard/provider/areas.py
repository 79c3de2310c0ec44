"""Service areas: where leads may come from, by market, county, ZIP, circle, file or drawing (SPEC 4.4)."""

import json
import re
from collections.abc import Callable
from uuid import UUID

import streamlit as st

from core import markets, providers
from core.kit.db import Json
from core.kit.errors import HotleadsError
from core.kit.lengths import MILE_M, land
from dashboard import wording
from dashboard.components import drawing, figures, maps, page
from dashboard.components.confirm import confirm_button
from dashboard.components.verbatim import verbatim
from dashboard.current import act, attempt, read
from dashboard.live import again, fragment, say

KINDS = {"market": "Whole market", "county": "County", "zips": "ZIPs", "circle": "Circle", "polygon": "Drawn"}


@fragment
def areas() -> None:
    """The map of what is served, the list beside it, and the ways to add more."""
    found = read(providers.areas_of)
    served = read(providers.served_land)
    left, right = st.columns([3, 2], gap="large")
    with left:
        outlines = read(markets.outlines)["features"]
        near = [outline for outline in outlines if not found or maps.overlap(outline, found)]
        if found:
            maps.locator(near, [], caption=f"{land(served.square_km)} in all", areas=[area.geojson for area in found])
        else:
            page.empty(
                "Everywhere", "Without an area you are offered leads of every market. Add one to narrow it.", icon="public"
            )
    with right:
        page.section("Your areas", "A lead must lie in one of them.")
        for area in found:
            _line(area)
    page.section("Add an area")
    _add()


def _line(area: providers.AreaView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        words = f"{KINDS.get(area.kind, area.kind)}, {land(area.square_km)}, added {figures.ago(area.created_at)}"
        st.markdown(f"**{verbatim(area.name)}**  \n:gray[{words}]", width="stretch")
        confirm_button(
            "Remove",
            will="Leads from there no longer reach you. Without any area you serve everywhere.",
            verb=f"Remove {area.name}",
            key=f"area-{area.id}",
            on_confirm=_remove,
            args=(area.id,),
        )


def _remove(area_id: UUID) -> None:
    act(providers.remove_area, area_id=area_id, said="The area is removed.")


def _add() -> None:
    ways: dict[str, tuple[str, Callable[[], None]]] = {
        "market": ("Market", _by_market),
        "county": ("County", _by_county),
        "zips": ("ZIPs", _by_zips),
        "circle": ("Circle", _by_circle),
        "file": ("GeoJSON file", _by_file),
    }
    if drawing.available():
        ways["draw"] = ("Draw on the map", _by_drawing)
    way = st.segmented_control(
        "Add by",
        list(ways),
        default="market",
        format_func=lambda key: ways[key][0],
        key="way",
        bind="query-params",
        label_visibility="collapsed",
        required=True,
    )
    ways.get(str(way), ways["market"])[1]()


def _market(key: str) -> markets.MarketView | None:
    """A market to choose: at first the one that the company registered for."""
    offered, own = read(markets.all_markets, open_only=True), read(providers.get_provider).market_ids
    first = next((at for at, market in enumerate(offered) if market.id in own), 0)
    return st.selectbox("Market", offered, index=first, format_func=lambda m: f"{m.name}, {m.state}", key=key, width=320)


def _by_market() -> None:
    market = _market("area-market")
    if st.button("Add the market", type="primary", disabled=market is None) and market:
        _save(market.name, "market", {"market_id": str(market.id)})


def _by_county() -> None:
    market = _market("area-county-market")
    if market is None:
        return
    county = st.selectbox(
        "County",
        read(markets.counties_of, market_id=market.id),
        format_func=lambda c: f"{c.county}, {c.state} ({figures.count(c.zips, 'ZIP')})",
        key="area-county",
        width=320,
    )
    if st.button("Add the county", type="primary", disabled=county is None) and county:
        named = {"market_id": str(market.id), "county": county.county, "state": county.state}
        _save(f"{county.county} County", "county", named)


def _by_zips() -> None:
    with st.form("area-zips", border=False, clear_on_submit=False):
        name = st.text_input("Name", placeholder="North side", max_chars=100, width=320)
        typed = st.text_area("ZIPs", placeholder="89109, 89117 89128", help="Any separator will do", height=90)
        if st.form_submit_button("Add these ZIPs", type="primary"):
            _save(name or "", "zips", {"zips": re.findall(r"[0-9A-Za-z-]+", typed or "")})


def _by_circle() -> None:
    with st.form("area-circle", border=False):
        with st.container(horizontal=True):
            zip_code = st.text_input("Around the ZIP", placeholder="89109", max_chars=5, width=160)
            miles = st.number_input("Radius in miles", 0.1, 186.0, 10.0, step=1.0, format="%.1f", width=180)
        if st.form_submit_button("Add the circle", type="primary"):
            place = read(markets.place_of_zip, zip=zip_code or "")
            if place is None:
                st.warning("No market has this ZIP. Enter one from the list of a market.", icon=":material/info:")
            else:
                circle = {"lon": place.lon, "lat": place.lat, "radius_m": round(miles * MILE_M)}
                _save(f"{miles:g} miles around {place.zip}", "circle", circle)


def _by_file() -> None:
    name = st.text_input("Name", placeholder="North side", max_chars=100, key="area-file-name", width=320)
    file = st.file_uploader("GeoJSON with one or more polygons", type=["geojson", "json"], max_upload_size=2)
    if st.button("Add this shape", type="primary", disabled=file is None) and file:
        try:
            shape = json.loads(file.getvalue())
        except ValueError:
            st.warning("This file is no GeoJSON. Export it again from your map program.", icon=":material/info:")
            return
        _save(name or file.name.rsplit(".", 1)[0], "polygon", {"geojson": shape})


def _by_drawing() -> None:
    market = _market("area-draw-market")
    if market is None:
        return
    st.caption("Click corner by corner; close the shape at its first corner.")
    drawn = drawing.draw(read(markets.outline, market_id=market.id), centre=(market.lat, market.lon), key=f"draw-{market.slug}")
    name = st.text_input("Name", placeholder="North side", max_chars=100, key="area-draw-name", width=320)
    if st.button("Add what I drew", type="primary", disabled=drawn is None) and drawn:
        _save(name or f"Drawn in {market.name}", "polygon", {"geojson": drawn})


def _save(name: str, kind: str, definition: Json) -> None:
    added = attempt(providers.add_area, name=name, kind=kind, definition=definition)
    if isinstance(added, HotleadsError):
        wording.show(added)
        return
    say(f"{added.name} is added.")
    again()
