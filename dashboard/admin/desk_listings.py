"""The desk's listings: prices against their bounds; one of them from close by, with every price it had and its receipt."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import streamlit as st

from core import marketplace, markets, niches
from core.kit.errors import HotleadsError
from core.marketplace import DeskDetail, DeskListing, PricedOnce
from dashboard import navigation, wording
from dashboard.components import charts, figures, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.components.receipt import receipt
from dashboard.components.scores import version_words
from dashboard.current import act, ask, read, zone_of_browser
from dashboard.live import fragment, say

STATES = {"open": "On sale", "closed": "Closed"}
BOUNDS = {"floor": "At its floor", "ceiling": "At its ceiling"}
PLACE, OPEN = "listings-before", "listing"


@fragment
def listings(*, may_edit: bool) -> None:
    """Filters, the table with what can be done to its rows, and the one that is open."""
    wanted = _filters()
    found = read(marketplace.desk_listings, **wanted, before_id=pager.cursor(PLACE), limit=pager.PAGE)
    if not found:
        page.empty("No listing fits", "Listings appear here as distribution leaves places of approved leads.", icon="storefront")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        ids = [each.lead_id for each in found]
        picked = tables.table([_row(each) for each in found], _columns(), key="desk-listings", many=True, ids=ids)
        _acts([found[at] for at in picked], may_edit=may_edit)
        pager.pager(found[-1].lead_id, full=len(found) == pager.PAGE, name=PLACE)
    with right:
        shown = param_id(OPEN) or (found[picked[0]].lead_id if picked else found[0].lead_id)
        _one(shown)


def _filters() -> dict[str, Any]:
    named_niches = {niche.slug: niche for niche in read(niches.list_niches)}
    named_markets = {market.slug: market for market in read(markets.all_markets)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        niche = _one_of("Niche", {slug: view.name for slug, view in named_niches.items()}, key="niche")
        market = _one_of("Market", {slug: view.name for slug, view in named_markets.items()}, key="market")
        bound = _one_of("Price", BOUNDS, key="bound", placeholder="Any price")
        state = _one_of("State", STATES, key="state", placeholder="On sale")
    return {
        "niche_id": named_niches[niche].id if niche else None,
        "market_id": named_markets[market].id if market else None,
        "bound": bound,
        "state": state or "open",
    }


def _one_of(label: str, names: dict[str, str], *, key: str, placeholder: str = "All") -> str | None:
    return st.selectbox(
        label, list(names), index=None, placeholder=placeholder, format_func=names.__getitem__, key=key, bind="query-params",
        on_change=pager.first_page, args=(PLACE,), width=200,
    )  # fmt: skip


def _columns() -> dict[str, Any]:
    return {
        "niche": tables.text("Niche"),
        "where": tables.text("Where"),
        "price": tables.money("Price"),
        "floor": tables.money("Floor"),
        "ceiling": tables.money("Ceiling"),
        "quality": tables.number("Quality"),
        "places": tables.text("Free, held, sold"),
        "priced": tables.time("Priced"),
    }


def _row(each: DeskListing) -> dict[str, Any]:
    return {
        "niche": each.niche, "where": each.zip, "price": tables.dollars(each.price_cents),
        "floor": tables.dollars(each.floor_cents), "ceiling": tables.dollars(each.ceiling_cents),
        "quality": None if each.quality is None else round(each.quality),
        "places": f"{each.free}, {each.held}, {each.sold}", "priced": each.priced_at,
    }  # fmt: skip


def _acts(picked: Sequence[DeskListing], *, may_edit: bool) -> None:
    if not picked:
        st.caption("Tick a row to see its prices at the right; an administrator prices ticked ones anew.")
        return
    if may_edit:
        words = f"Price {figures.count(len(picked), 'listing')} now"
        ids = [each.lead_id for each in picked]
        st.button(words, type="primary", icon=":material/sell:", key="price-now", on_click=_price, args=(ids,))


def _price(lead_ids: list[UUID]) -> None:
    done = act(marketplace.price_now, lead_ids=lead_ids)
    if done is None:
        return
    outcomes = list(done.values())
    parts = [
        f"{outcomes.count(key)} {words}"
        for key, words in (("moved", "moved"), ("kept", "stayed as they were"), ("closed", "were closed meanwhile"))
        if key in outcomes
    ]
    say(f"Priced: {', '.join(parts)}.")


def _one(lead_id: UUID) -> None:
    """Its price now, how it moved, and the receipt of each price."""
    detail = ask(marketplace.desk_listing, lead_id=lead_id)
    if isinstance(detail, HotleadsError):
        wording.show(detail)
        return
    each = detail.listing
    tone = {"floor": "waiting", "ceiling": "accent", None: "neutral"}
    held = pills.tag(BOUNDS[each.bound], icon="straighten", tone=tone[each.bound]) if each.bound else ""  # type: ignore[arg-type]
    st.markdown(f"#### {each.niche}, {each.market} {each.zip}", anchors=False)
    st.markdown(f"**{figures.money(each.price_cents)}** {pills.tag(STATES[each.state], icon='storefront')} {held}")
    st.caption(_looks(detail))
    _prices(detail.prices, zone=each.timezone)
    link = {"lead": str(lead_id)}
    st.page_link(navigation.target("leads"), label="Open the lead", icon=":material/arrow_forward:", query_params=link)


def _looks(detail: DeskDetail) -> str:
    each, looks = detail.listing, detail.looks
    seen = f"{figures.count(looks.get('view', 0), 'view')}, {figures.count(looks.get('hold', 0), 'hold')}"
    until = figures.exact(each.closes_at, each.timezone)
    return f"Opened {figures.ago(each.opened_at)}, on sale until {until}. {seen}, {each.sold} sold."


def _prices(prices: Sequence[PricedOnce], *, zone: str) -> None:
    if not prices:
        st.caption("It has no price yet. The schedule prices it within five minutes.")
        return
    if len(prices) > 1:
        st.markdown("**How did the price move?**")
        values = [(once.at, once.price_cents / 100) for once in reversed(prices)]
        charts.lines([charts.Series("Price, $", "sea", values)], key="desk-prices", format="$,.2f", height=180)
    names = {f"{figures.money(once.price_cents)}, {figures.exact(once.at, zone)}": once for once in prices}
    chosen = st.selectbox("Receipt of", list(names), key=f"receipt-{zone_of_browser()}-{len(names)}")
    once = names.get(chosen or "", prices[0])
    lines = [(line["label"], line["cents"]) for line in once.receipt["lines"]]
    bounds = {"floor_cents": once.receipt["floor_cents"], "ceiling_cents": once.receipt["ceiling_cents"]}
    receipt(lines, total_cents=once.price_cents, **bounds, total="Listed at", before="")
    st.caption(f"By {version_words(once.receipt['version'])}.")
