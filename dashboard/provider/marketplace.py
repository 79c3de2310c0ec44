"""Marketplace: leads to pick by hand, on a map and as cards; held for some minutes at a locked price (SPEC 9.1)."""

from uuid import UUID

import streamlit as st

from core import marketplace, markets
from core.kit.errors import HotleadsError
from core.marketplace import Facets, ListingCard, SearchPage, SearchQuery
from dashboard import navigation, wording
from dashboard.components import clocks, figures, page, pager
from dashboard.components.opened import param_id
from dashboard.components.points import Dot, points
from dashboard.components.rail import rail
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import fragment
from dashboard.provider import market_live, market_saved
from dashboard.provider.market_card import card, places, tone
from dashboard.provider.market_filters import PLACE, Wanted, clear, filters
from dashboard.provider.market_listing import one_listing, row_of


def show(user: CurrentUser) -> None:
    """Search, cards and map; one listing alone when the address names one."""
    page.header("Marketplace", "Leads you pick yourself. Hold one, then buy it before its clock runs out.")
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
    if wanted.query is None:
        return
    market_saved.menu(wanted.query)
    found = _found(wanted.query)
    if found is None:
        return
    if not found.cards:
        _nothing(wanted)
    else:
        _results(found, wanted, provider_id)
    _seen()


def _in_cart() -> None:
    """What waits to be bought, with the way there."""
    held = attempt(marketplace.cart)
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
    found = attempt(marketplace.search, query=query, cursor=st.query_params.get(PLACE), noted=new)
    if isinstance(found, HotleadsError):
        wording.show(found)
        return None
    st.session_state["market-asked"] = asked
    return found


def _results(found: SearchPage, wanted: Wanted, provider_id: UUID) -> None:
    assert wanted.query is not None
    if found.alike:
        st.info("No lead has these words. These resemble them.", icon=":material/spellcheck:")
    else:
        _counts(read(marketplace.facets, query=wanted.query), wanted)
    left, right = st.columns([3, 2], gap="medium")
    with right.container(key="market-map"):
        dots = [
            Dot(each.lon, each.lat, f"{each.niche}\n{each.zip} · {figures.money(each.price_cents)}\n{places(each)}", tone(each))
            for each in found.cards
        ]
        points(read(markets.outlines), dots, key="market-points", height=460, narrow=True)
        st.caption("The leads on this page, each at its blurred place. Yellow waits in your cart, green is yours.")
    with left:
        for each in found.cards:
            card(each, provider_id=provider_id)
        pager.pager(found.cursor, full=found.cursor is not None, name=PLACE, labels=("Back", "More leads"))


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
    recent: list[ListingCard] = read(marketplace.recently_viewed)
    if recent:
        page.section("You looked at")
        rail([row_of(each) for each in recent], opened=None, param="lead", key="recent")
