"""Markets: where leads are taken and sold. Added from counties, ZIPs or an outline; closed and opened again (SPEC 0)."""

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from core import markets
from core.kit.errors import HotleadsError
from core.markets import MarketView
from dashboard import wording
from dashboard.components import figures, fresh, maps, page, pills, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say

WAYS = ("Counties", "ZIP codes", "Outline")


def show(user: CurrentUser) -> None:
    """The markets at the left, one of them at the right."""
    action = page.header("Markets", "Where leads are taken and sold: the land of each market, its counties and its ZIP codes.")
    may_edit = user.role == "admin"
    if may_edit:
        # Once one is added the panel closes: it would lie over the new market, ready to add it twice.
        with action.popover("Add a market", icon=":material/add:", type="primary", key=fresh.key("add-market")):
            _new()
    _desk(may_edit=may_edit)


@fragment
def _desk(*, may_edit: bool) -> None:
    found = read(markets.all_markets)
    if not found:
        page.empty("No markets yet", "Add the first one: the names of its counties are enough.", icon="map")
        return
    slug = st.query_params.get("market")
    chosen = next((market for market in found if market.slug == slug), found[0])
    left, right = split("market", key="market", back="All markets", widths=(1, 4))
    with left:
        rows = [Row(market.slug, market.name, market.state, _pill(market)) for market in found]
        rail(rows, opened=chosen.slug, param="market", key="market")
    with right:
        _market(chosen, may_edit=may_edit)


def _market(market: MarketView, *, may_edit: bool) -> None:
    page.section(market.name, f"Its days and hours are those of {figures.clock(market.timezone)}.")
    counties = read(markets.counties_of, market_id=market.id)
    land, names = st.columns([3, 2], gap="large")
    with land:
        outline = read(markets.outline, market_id=market.id)
        maps.locator([outline], [], caption=f"The land of {market.name}, {market.state}")
    with names:
        st.markdown(f"**{figures.count(sum(each.zips for each in counties), 'ZIP code')}**")
        rows = [{"county": f"{each.county}, {each.state}", "zips": each.zips} for each in counties]
        tables.table(rows, {"county": tables.text("County"), "zips": tables.number("ZIP codes")}, key=f"counties-{market.id}")
    if may_edit:
        _door(market)


def _door(market: MarketView) -> None:
    if market.status == "open":
        confirm_button(
            "Close the market",
            will="It takes no new leads. What was sold stays as it is, and its land and ZIP codes stay its own.",
            verb="Close it",
            key=f"close-{market.id}",
            on_confirm=_turn,
            args=(markets.close_market, market, "It takes no new leads."),
            icon="lock",
        )
        return
    st.button(
        "Open the market", icon=":material/lock_open:", key=f"open-{market.id}", type="primary", on_click=_turn,
        args=(markets.open_market, market, "It takes leads again."),
    )  # fmt: skip


def _turn(verb: Callable[..., MarketView], market: MarketView, said: str) -> None:
    act(verb, market_id=market.id, said=f"{market.name}: {said}")


def _pill(market: MarketView) -> str:
    return pills.pill("open") if market.status == "open" else pills.tag("Closed", icon="lock", tone="neutral")


def _new() -> None:
    way = st.segmented_control("From", WAYS, default=WAYS[0], key=fresh.key("market-way"), required=True)
    with st.form(fresh.key("new-market"), border=False, clear_on_submit=False):
        name = st.text_input("Name", max_chars=100, key=fresh.key("market-name"), placeholder="Tucson")
        given = _given(way or WAYS[0])
        zone = st.text_input("Time zone", key=fresh.key("market-zone"), placeholder="That of most of its ZIP codes")
        st.caption("Land and ZIP codes belong to one market at most. It takes leads as soon as it is added.")
        if st.form_submit_button("Add the market", type="primary"):
            _add(way or WAYS[0], given, name=name or "", timezone=zone or None)


def _given(way: str) -> Any:
    if way == "Outline":
        return st.file_uploader(
            "GeoJSON, longitude before latitude", type=["json", "geojson"], max_upload_size=2, key=fresh.key("market-file")
        )
    placeholder, label = ("85701, 85705", "ZIP codes") if way == "ZIP codes" else ("Pima, AZ", "Counties, one a line")
    return st.text_area(label, placeholder=placeholder, key=fresh.key(f"market-{way}"), height=120)


def _add(way: str, given: Any, **more: Any) -> None:
    made = attempt(markets.add_market, **_land(way, given), **more)
    if isinstance(made, HotleadsError):
        wording.show(made)
        return
    for part in ("add-market", "new-market", "market-way", "market-name", "market-zone", "market-file", f"market-{way}"):
        fresh.done(part)
    say(f"{made.name} is added.")
    st.query_params["market"] = made.slug
    st.rerun()


def _land(way: str, given: Any) -> dict[str, Any]:
    """What was filled in, as the verb takes it: counties stand on lines of their own, or behind semicolons."""
    if way == "Outline":
        return {"geojson": given.getvalue() if given else b""}
    if way == "ZIP codes":
        return {"zips": re.findall(r"[^\s,;]+", given or "")}
    return {"counties": [line for line in re.split(r"[;\n]+", given or "") if line.strip()]}
