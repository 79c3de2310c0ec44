"""Marketplace: leads to pick by hand, on a map and as cards; held for some minutes at a locked price (SPEC 9.1)."""

from dataclasses import replace
from uuid import UUID

import streamlit as st

from core import marketplace
from core.kit.errors import HotleadsError
from core.marketplace import Facets, ListingCard, SearchPage, SearchQuery
from dashboard import navigation, wording
from dashboard.components import clocks, figures, page, pager, top
from dashboard.components.opened import param_id
from dashboard.components.rail import rail
from dashboard.current import CurrentUser, glance, look
from dashboard.live import fragment
from dashboard.provider import market_chosen, market_compare, market_live, market_saved, market_table
from dashboard.provider.market_card import card
from dashboard.provider.market_filters import PLACE, SHOWN, Wanted, clear, filters
from dashboard.provider.market_listing import one_listing, row_of
from dashboard.provider.market_map import PICK, market_map
from dashboard.provider.not_yet import not_yet
from dashboard.provider.suggested import suggested

VIEWS = {"cards": "Cards", "table": "Table", "compare": "Compare"}


def show(user: CurrentUser) -> None:
    """Search, list and map; one listing alone when the address names one."""
    page.header("Marketplace", "Leads you pick yourself. Hold one, then buy it before its clock runs out.")
    if not_yet(user, "You search and buy here"):
        return
    provider_id = user.actor.require_provider()
    topics = ("marketplace", market_live.cart_topic(provider_id))
    market_live.drawn("market", topics)
    _desk(provider_id)
    clocks.run()
    market_live.watch("market", topics)


@fragment
def _desk(provider_id: UUID) -> None:
    _in_cart()
    chosen = param_id("lead")
    if chosen is not None:
        one_listing(chosen, provider_id)
        return
    wanted = market_saved.opened(filters())
    view = _view(wanted.query)
    if view == "compare":
        market_compare.side_by_side()
        return
    query = replace(wanted.query, limit=market_table.ROWS if view == "table" else SHOWN) if wanted.query else None
    if query and view == "cards" and not wanted.narrowed and not st.query_params.get(PLACE):
        suggested(whole=False)
    found = _found(query) if query else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if found is not None and query is not None:
            _listed(found, replace(wanted, query=query), provider_id, view)
        else:
            how = "The sentence above says what to change. Or begin again without any filter."
            page.empty("Nothing was searched", how, icon="search_off", action=_widen)
    with right.container(key="market-map"):
        # As many prices as there are cards, also beside the table: more would cover the map.
        market_map(found.cards[:SHOWN] if found else (), query if found else None)
    top.remember()
    _seen()


def _view(query: SearchQuery | None) -> str:
    """Cards, table or comparison, beside the saved searches."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="market-view"):
        first = None if "view" in st.session_state else "cards"
        view = st.segmented_control(
            "View", list(VIEWS), default=first, format_func=VIEWS.__getitem__, key="view", bind="query-params", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            among = market_chosen.chosen()
            if among and view != "compare":
                st.button(
                    f"Compare {figures.count(len(among), 'lead')}",
                    icon=":material/compare_arrows:",
                    key="compare-go",
                    on_click=_compare,
                )
            if query is not None:
                market_saved.menu(query)
    return view if view in VIEWS else "cards"


def _compare() -> None:
    st.session_state["view"] = "compare"


def _listed(found: SearchPage, wanted: Wanted, provider_id: UUID, view: str) -> None:
    """The leads of this page, or why there are none."""
    assert wanted.query is not None
    if not found.cards:
        _nothing(wanted)
        return
    if found.alike:
        st.info("No lead has these words. These resemble them.", icon=":material/spellcheck:")
    else:
        _counts(look(marketplace.facets, query=wanted.query), wanted)
    if view == "table":
        market_table.market_table(found.cards)
    else:
        _picked(found, provider_id)
        for each in found.cards:
            card(each, provider_id=provider_id)
    pager.pager(found.cursor, full=found.cursor is not None, name=PLACE, labels=("Back", "More leads"))


def _picked(found: SearchPage, provider_id: UUID) -> None:
    """The card of what was clicked on the map, before the others."""
    picked = param_id(PICK)
    if picked is None or any(each.lead_id == picked for each in found.cards):
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="market-picked"):
        st.markdown(":material/location_on: From the map")
        st.button(
            "Put it back",
            type="tertiary",
            icon=":material/close:",
            key="put-back",
            on_click=st.query_params.pop,
            args=(PICK, None),
        )
    now = look(marketplace.compare, lead_ids=[picked])
    if now:
        card(now[0], provider_id=provider_id)
    else:
        st.caption("This lead is no longer on sale.")


def _in_cart() -> None:
    """What waits to be bought, with the way there."""
    held = glance(marketplace.cart)
    if isinstance(held, HotleadsError) or not held.items:
        market_live.until("market", None)
        return
    first = held.items[0]
    market_live.until("market", first.hold.expires_at)
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="market-cart"):
        words = f"{figures.count(len(held.items), 'lead')} held for {figures.money(held.total_cents)}"
        st.html(
            f"<span>{words}, the first for {clocks.clock(first.hold.expires_at, zone=first.timezone)}</span>", width="stretch"
        )
        st.page_link(navigation.target("cart"), label="Open the cart", icon=":material/shopping_cart:")


def _found(query: SearchQuery) -> SearchPage | None:
    """The page of the address; drawn anew by itself, it is not one more search."""
    asked = query.document()
    new = st.session_state.get("market-asked") != asked
    found = glance(marketplace.search, query=query, cursor=st.query_params.get(PLACE), noted=new)
    if isinstance(found, HotleadsError):
        wording.show(found)
        return None
    st.session_state["market-asked"] = asked
    return found


def _counts(found: Facets, wanted: Wanted) -> None:
    """How many there are, and where most of them are."""
    total = f"**{figures.count(found.total, 'lead')}{' and more' if found.capped else ''} on sale**"
    named = {view.id: view.name for view in (*wanted.niches.values(), *wanted.markets.values())}
    parts = [_most(counts, named) for counts in (found.niches, found.markets) if len(counts) > 1]
    st.markdown("  \n".join([total, *(f":gray[{part}]" for part in parts)]))


def _most(counts: dict[UUID, int], named: dict[UUID, str]) -> str:
    ranked = sorted(counts.items(), key=lambda item: -item[1])[:6]
    return " · ".join(f"{named.get(key, 'Others')} {count:,}" for key, count in ranked)


def _nothing(wanted: Wanted) -> None:
    """Nothing fits, and how to widen; or nothing is on sale at all."""
    if st.query_params.get(PLACE):
        page.empty("No more leads", "You have seen them all.", icon="task_alt", action=_restart)
    elif wanted.narrowed:
        how = "Search a wider circle, a longer time, or any niche and price."
        page.empty("No lead on sale fits", how, icon="filter_alt_off", action=_widen)
    else:
        page.empty(
            "Nothing is on sale right now",
            "Leads appear here by themselves when subscriptions leave a place free.",
            icon="storefront",
        )


def _widen() -> None:
    st.button("Clear all filters", icon=":material/filter_alt_off:", key="widen", on_click=clear)


def _restart() -> None:
    st.button("Back to the first", key="restart", on_click=pager.first_page, args=(PLACE,))


def _seen() -> None:
    """What this person looked at last."""
    recent: list[ListingCard] = look(marketplace.recently_viewed)
    if recent:
        page.section("You looked at")
        rail([row_of(each) for each in recent], opened=None, param="lead", key="recent")
