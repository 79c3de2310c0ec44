"""One listing from close by: its facts, what made its price and how it moved, others like it (SPEC 9.1, 10.1)."""

from uuid import UUID

import streamlit as st

from core import marketplace, markets
from core.kit.errors import HotleadsError
from core.marketplace import ListingCard, ListingDetail, SearchQuery
from dashboard import wording
from dashboard.components import charts, figures, maps, page, top
from dashboard.components.opened import opened
from dashboard.components.rail import Row, rail
from dashboard.current import ask, glance, look, read
from dashboard.provider.market_card import OPENINGS, card, places, quoted
from dashboard.provider.suggested import feedback
from dashboard.shared.passports import passport

ALIKE = 5


def one_listing(lead_id: UUID, provider_id: UUID) -> None:
    """Card and map left, price right, others like it below."""
    st.button("All leads on sale", icon=":material/arrow_back:", type="tertiary", key="all-listings", on_click=_close)
    now = look(marketplace.compare, lead_ids=[lead_id])
    if not now:
        _gone()
        return
    detail = _detail(now[0])
    if isinstance(detail, HotleadsError):
        wording.show(detail)
        return
    top.begin(f"{lead_id}:{st.session_state.get(OPENINGS)}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        card(now[0], provider_id=provider_id, chosen=True)
        feedback(lead_id)
        _map(now[0])
    with right:
        _price(detail)
    page.section("Where does it come from?", "Its passport: source, consent and checks, in a chain that proves itself.")
    passport(lead_id, zone=now[0].timezone, address=f"/api/v1/marketplace/listings/{lead_id}/passport")
    _alike(now[0])


def _detail(now: ListingCard) -> ListingDetail | HotleadsError:
    """Receipt and prices so far: looked at once per opening, and again when the price moved."""
    found = opened("listing", now.lead_id, lambda: ask(marketplace.listing, lead_id=now.lead_id))
    if not isinstance(found, HotleadsError) and found.card.price_cents != now.price_cents:
        st.session_state.pop("opened-listing")
        found = opened("listing", now.lead_id, lambda: ask(marketplace.listing, lead_id=now.lead_id))
    return found


def _map(shown: ListingCard) -> None:
    land = read(markets.outline, market_id=shown.market_id)
    point = maps.Point(shown.lon, shown.lat, "About here", "accent", float(shown.accuracy_m))
    maps.locator([land], [point], caption=f"{shown.market}, {shown.zip}. The exact place is shown to whoever buys the lead.")


def _price(detail: ListingDetail) -> None:
    page.section("Why this price")
    if detail.quote is not None:
        quoted(detail.quote)
    page.section("How did the price move?")
    if len({cents for _, cents in detail.history}) < 2:
        st.caption("It has not moved since the lead went on sale.")
        return
    values = [(at, cents / 100) for at, cents in detail.history]
    charts.lines([charts.Series("Price, $", "sea", values)], key="price-history", format="$,.2f", height=200)
    st.caption("Before your plan's discount.")


def _alike(shown: ListingCard) -> None:
    found = glance(marketplace.search, query=SearchQuery(similar_to=shown.lead_id, limit=ALIKE + 1), noted=False)
    if isinstance(found, HotleadsError):
        return
    others = [each for each in found.cards if each.lead_id != shown.lead_id][:ALIKE]
    if others:
        page.section("Others like it", "The same niche near here, at about this price.")
        rail([row_of(each) for each in others], opened=None, param="lead", key="alike")


def row_of(each: ListingCard) -> Row:
    """A listing in one row."""
    detail = f"{each.market}, {each.zip} · {places(each)} · asked {figures.ago(each.submitted_at)}"
    return Row(str(each.lead_id), f"{each.niche}, {figures.money(each.price_cents)}", detail)


def _gone() -> None:
    page.empty("This lead is no longer on sale", "Others like it are one step back.", icon="event_busy", action=_back)


def _back() -> None:
    st.button("See all leads on sale", key="back-listings", on_click=_close)


def _close() -> None:
    st.query_params.pop("lead", None)
