"""Pages of a search: each listing once, in every order, also while others come, go and change their price (SPEC 9.1)."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import marketplace, pricing
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.marketplace import SearchInvalid, SearchQuery
from tests import builders
from tests.core.marketplace.looking import STRIP, found, on_sale
from tests.core.marketplace.world import Market


def pages(
    market: Market, query: SearchQuery, between: Callable[[list[UUID]], None] = lambda _seen: None, by: Actor | None = None
) -> list[UUID]:
    """Every page after another; ``between`` happens before each page but the first."""
    seen: list[UUID] = []
    cursor, buyer = None, by or market.buyer()
    for number in range(20):
        if number:
            between(seen)
        page = marketplace.search(market.session, actor=buyer, query=query, cursor=cursor, now=market.now)
        assert len(page.cards) <= query.limit
        seen += [card.lead_id for card in page.cards]
        cursor = page.cursor
        if cursor is None:
            return seen
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("sort", marketplace.SORTS)
def test_pages_show_each_listing_once(market: Market, sort: marketplace.Sort) -> None:
    # Two by two equally far and equally good; and no quality that a short number holds exactly.
    listed = [on_sale(market, lon=STRIP[0] + number // 2 / 100, quality=number % 3 * 10 + 0.1).id for number in range(11)]
    seen = pages(market, SearchQuery(sort=sort, limit=3, lon=STRIP[0], lat=STRIP[1]))
    assert sorted(seen) == sorted(listed)


def test_many_at_one_spot_are_shown_once_each(market: Market) -> None:
    listed = [on_sale(market).id for _ in range(7)]
    assert pages(market, SearchQuery(sort="distance", limit=2, lon=STRIP[0], lat=STRIP[1])) == sorted(listed)


@pytest.mark.parametrize("sort", marketplace.SORTS)
def test_what_comes_and_goes_meanwhile_moves_no_page(market: Market, sort: marketplace.Sort) -> None:
    listed = [on_sale(market, lon=STRIP[0] + number / 100, quality=50.0 + number).id for number in range(9)]
    gone: set[UUID] = set()

    def change(seen: list[UUID]) -> None:
        on_sale(market, lon=STRIP[0], quality=99.0)
        gone.add(seen[-1])
        market.session.execute(
            text("update listing set state = 'closed', closed_at = :now where lead_id = :lead"),
            {"now": market.now + timedelta(seconds=1), "lead": seen[-1]},
        )

    seen = pages(market, SearchQuery(sort=sort, limit=3, lon=STRIP[0], lat=STRIP[1]), change)
    assert len(seen) == len(set(seen)) and set(listed) <= set(seen) and gone


@pytest.mark.parametrize("sort", marketplace.SORTS)
def test_a_cursor_that_nobody_was_given_is_a_sentence(market: Market, sort: marketplace.Sort) -> None:
    on_sale(market)
    for rank in (1e300, -1e300, float("nan"), float("inf"), "x", None, [1], True):
        cursor = urlsafe_b64encode(json.dumps([rank, str(uuid7()), 1]).encode()).decode()
        if rank is True and sort != "newest":
            assert len(found(market, sort=sort, cursor=cursor, lon=STRIP[0], lat=STRIP[1])) <= 1
            continue
        with pytest.raises(SearchInvalid, match="start"):
            found(market, sort=sort, cursor=cursor, lon=STRIP[0], lat=STRIP[1])


# List price, least price of the first day, in cents; and whether that day is over.
PRICED = (
    (4_000, 3_990, False), (3_990, 0, False), (4_010, 4_100, False), (4_009, 0, False), (4_010, 0, False), (4_010, 0, False),
    (3_650, 3_645, False), (3_900, 3_700, True), (3_650, 3_645, False), (1, 0, False), (1, 1, False),
)  # fmt: skip


def test_the_cheapest_come_first_by_the_price_that_the_plan_pays(market: Market) -> None:
    for cents, floor, old in PRICED:
        lead = on_sale(market)
        builders.set_price(market.session, cents, lead_id=lead.id)
        opened = market.now - timedelta(days=2 if old else 0, hours=2)
        for change in (
            "update listing set price_floor_cents = :floor, opened_at = :opened where lead_id = :lead",
            "update on_sale set opened_at = :opened where lead_id = :lead",
        ):
            market.session.execute(text(change), {"floor": floor, "opened": opened, "lead": lead.id})
    buyer = market.buyer(plan="enterprise")
    whole = marketplace.search(market.session, actor=buyer, query=SearchQuery(sort="price"), now=market.now).cards
    paid = [card.price_cents for card in whole]
    assert paid == sorted([3_990, 3_591, 4_010, 3_609, 3_609, 3_609, 3_645, 3_510, 3_645, 1, 1])
    for card in whole:
        quote = pricing.quote(market.session, lead_id=card.lead_id, provider_id=buyer.require_provider(), now=market.now)
        assert quote.price_cents == card.price_cents
    ids = [card.lead_id for card in whole]
    assert all(pages(market, SearchQuery(sort="price", limit=limit), by=buyer) == ids for limit in (1, 2, 3))
    assert found(market, buyer, sort="price", price_min_cents=3_591, price_max_cents=3_645) == ids[3:9]
    shown = {
        spot.lead_id: spot.price_cents
        for spot in marketplace.spots(market.session, actor=buyer, query=SearchQuery(), now=market.now).spots
    }
    assert shown == {card.lead_id: card.price_cents for card in whole}
