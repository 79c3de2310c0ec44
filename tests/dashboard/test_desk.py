"""Marketplace desk: prices with receipts, pricing by hand, guard rails, demand (SPEC 9.1, 10.1)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import marketplace
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Forbidden, HotleadsError
from core.marketplace import NotOnSale, SearchQuery
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.test_marketplace import _nothing_held, buyer, html, listed  # noqa: F401
from tests.dashboard.world import World

TABS = ["Listings", "Guard rails", "Demand"]


def admin(world: World) -> Actor:
    return Actor(world.users["admin"], "admin", None)


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_desk_says_how_it_fills(open_page: Open, tab: str) -> None:
    page = open_page("admin", "desk", desk=tab)
    sound(page)
    assert any(told in words(page) for told in ("No listing fits", "Nothing is on sale", "Nobody has looked yet"))


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_a_listing_shows_what_made_its_price(open_page: Open, world: World, role: str) -> None:
    lead = listed(world)
    price = one("select price_cents from listing where lead_id = :l", l=lead).price_cents
    page = open_page(role, "desk", listing=str(lead))
    sound(page)
    assert f"${price / 100:,.2f}" in words(page) and "Going rate of the niche" in html(page) and "Listed at" in html(page)
    assert len(page.dataframe[0].value) == 1


@pytest.mark.parametrize("listing", ["not-an-id", "01a20213-8ed2-7185-915b-50e26978e0ea"])
def test_a_listing_that_never_was_is_told_in_words(open_page: Open, world: World, listing: str) -> None:
    listed(world)
    sound(open_page("admin", "desk", listing=listing))


def test_pricing_now_keeps_the_past_and_says_what_moved(world: World) -> None:
    lead, closed = listed(world), listed(world)
    later = utc_now() + timedelta(days=3)
    with transaction() as session:
        session.execute(text("update listing set state = 'closed', closed_at = now() where lead_id = :l"), {"l": closed})
        done = marketplace.price_now(session, actor=admin(world), lead_ids=[lead, closed], now=later)
        detail = marketplace.desk_listing(session, actor=admin(world), lead_id=lead, now=later)
    assert done == {lead: "moved", closed: "closed"}
    assert detail.prices[0].price_cents == detail.listing.price_cents
    assert len(detail.prices) == 2 and all(
        sum(line["cents"] for line in once.receipt["lines"]) == once.price_cents for once in detail.prices
    )
    told = one(
        "select before ->> 'price_cents' as was from audit_entry where action = 'listing.priced' and entity_id = :l", l=str(lead)
    )
    assert int(told.was) == detail.prices[1].price_cents


def test_only_administrators_price_and_only_the_house_reads(world: World) -> None:
    lead, now = listed(world), utc_now()
    with transaction() as session:
        for actor in (Actor(world.users["analyst"], "analyst", None), buyer(world)):
            with pytest.raises(Forbidden):
                marketplace.price_now(session, actor=actor, lead_ids=[lead], now=now)
        for read in (marketplace.desk_listings, marketplace.niche_prices):
            with pytest.raises(Forbidden):
                read(session, actor=buyer(world), **({"now": now} if read is marketplace.desk_listings else {}))
        with pytest.raises(Forbidden):
            marketplace.demand(session, actor=buyer(world), since=now, until=now)
        with pytest.raises(HotleadsError, match="Choose 1 to"):
            marketplace.price_now(session, actor=admin(world), lead_ids=[], now=now)
        with pytest.raises(NotOnSale):
            marketplace.desk_listing(session, actor=admin(world), lead_id=UUID(int=7), now=now)


def test_guard_rails_count_what_stands_at_a_bound(open_page: Open, world: World) -> None:
    lead, other = listed(world), listed(world)
    with transaction() as session:
        (floor,) = {each.floor_cents for each in marketplace.desk_listings(session, actor=admin(world), now=utc_now())}
        builders.set_price(session, floor or 0, lead_id=lead)
        found = marketplace.desk_listings(session, actor=admin(world), bound="floor", now=utc_now())
        rails = marketplace.niche_prices(session, actor=admin(world))
    assert [each.lead_id for each in found] == [lead] and found[0].bound == "floor" and other != lead
    assert [(each.listings, each.at_floor, each.at_ceiling) for each in rails] == [(2, 1, 0)]
    page = open_page("analyst", "desk", desk="Guard rails")
    sound(page)
    assert "1" in [tile.value for tile in page.metric] and "A listing never costs less than" in words(page)


def test_demand_is_what_companies_did(open_page: Open, world: World) -> None:
    lead, now = listed(world), utc_now()
    with transaction() as session:
        marketplace.search(session, actor=buyer(world), query=SearchQuery(text="slate mansard"), now=now)
        marketplace.listing(session, actor=buyer(world), lead_id=lead, now=now)
        marketplace.hold(session, actor=buyer(world), lead_id=lead, now=now)
    with transaction() as session:
        assert marketplace.keep_searches(session)
        found = marketplace.demand(session, actor=admin(world), since=now - timedelta(hours=1), until=now + timedelta(hours=1))
        shapes = marketplace.demand_shapes(session, actor=admin(world), places=found.places)
    here = next(place for place in found.places if place.zip == "89109")
    assert (here.companies, here.listings) == (1, 1) and here.views >= 1 and here.holds >= 1
    assert found.words[0].words == "slate mansard" and found.words[0].without == 1 and found.without >= 1
    assert shapes["features"][0]["properties"]["wanted"] == here.views + 3 * here.holds + 10 * here.purchases
    page = open_page("admin", "desk", desk="Demand")
    sound(page)
    assert "Where do companies look" in words(page)


def test_prices_are_made_anew_by_a_press(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("admin", "desk")
    page.session_state["desk-listings"] = {"selection": {"rows": [0], "columns": []}}
    page.run()
    sound(page)
    page.button(key="price-now").click().run()
    sound(page)
    assert said(page).startswith("Priced:") and lead
