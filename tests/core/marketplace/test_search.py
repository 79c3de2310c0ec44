"""Searching what is on sale: every condition, sort and page, what strangers may not learn, and input that makes no sense."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core import leads, marketplace
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.marketplace import SearchInvalid, SearchQuery
from tests import builders
from tests.core.marketplace.looking import BOX, STRIP, found, on_sale
from tests.core.marketplace.world import Market


def test_each_condition_narrows_what_is_found(market: Market) -> None:
    near = on_sale(market, quality=80, age_h=1)
    far = on_sale(market, lon=STRIP[0] + 0.5, quality=20, age_h=200, slots=4)
    box = {"type": "Polygon", "coordinates": [[[STRIP[0] + d, STRIP[1] + e] for d, e in ((-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1), (-0.1, -0.1))]]}  # fmt: skip # noqa: E501
    for only_near in (
        {"lon": STRIP[0], "lat": STRIP[1], "radius_m": 10_000.0},
        {"polygon": json.dumps(box)},
        {"quality_min": 50.0},
        {"max_age_hours": 24.0},
        {"price_min_cents": 3_500},
    ):
        assert found(market, **only_near) == [near.id], only_near
    for only_far in ({"free_slots_min": 3}, {"price_max_cents": 3_000}):
        assert found(market, **only_far) == [far.id], only_far
    both = {near.id, far.id}
    for everything in (
        {}, {"zips": ("89109",)}, {"niche_ids": (market.world.niche.id,)}, {"market_ids": (market.world.market.id, uuid7())},
        {"lon": STRIP[0], "lat": STRIP[1], "radius_m": 60_000.0},
    ):  # fmt: skip
        assert set(found(market, **everything)) == both, everything
    for nothing in ({"zips": ("10001",)}, {"niche_ids": (uuid7(),)}, {"market_ids": (uuid7(),)}):
        assert found(market, **nothing) == [], nothing


def test_sorts(market: Market) -> None:
    leads_ = [
        on_sale(market, lon=STRIP[0] + n / 10, quality=q, age_h=a) for n, (q, a) in enumerate(((30, 1), (90, 400), (60, 50)))
    ]
    ids = [lead.id for lead in leads_]
    assert found(market, sort="quality") == [ids[1], ids[2], ids[0]]
    assert found(market, sort="distance", lon=STRIP[0] + 0.2, lat=STRIP[1]) == [ids[2], ids[1], ids[0]]
    page = marketplace.search(market.session, actor=market.buyer(), query=SearchQuery(sort="price"), now=market.now)
    assert [card.price_cents for card in page.cards] == sorted(card.price_cents for card in page.cards)
    assert set(found(market, sort="recommended")) == set(ids)


def test_words_are_found_forgiven_and_marked(market: Market) -> None:
    lead = on_sale(market, form_data={"property_type": "house", "details": "The kitchen was renovated last summer"})
    on_sale(market, form_data={"property_type": "condo"})
    page = marketplace.search(market.session, actor=market.buyer(), query=SearchQuery(text="renovate kitchens"), now=market.now)
    assert [card.lead_id for card in page.cards] == [lead.id] and not page.alike
    assert f"{marketplace.MARK}kitchen{marketplace.END}" in page.cards[0].excerpt
    slip = marketplace.search(market.session, actor=market.buyer(), query=SearchQuery(text="kitchn renovatd"), now=market.now)
    assert [card.lead_id for card in slip.cards] == [lead.id] and slip.alike
    for odd in ("'); drop table lead; --", '"unclosed', "a & | !", "100%", "\x00", "<script>", "-kitchen or", "%(x)s :y"):
        assert len(found(market, text=odd)) <= 2, odd


def test_what_is_taken_is_not_found_and_comes_back(market: Market) -> None:
    lead, first, second = on_sale(market, slots=1), market.buyer(), market.buyer()
    marketplace.hold(market.session, actor=first, lead_id=lead.id, now=market.now)
    assert found(market, second) == []
    later = market.now + timedelta(minutes=11)
    page = marketplace.search(market.session, actor=second, query=SearchQuery(), now=later)
    assert [card.lead_id for card in page.cards] == [lead.id]
    marketplace.hold(market.session, actor=second, lead_id=lead.id, now=later)
    detail = marketplace.listing(market.session, actor=second, lead_id=lead.id, now=later)
    assert detail.card.held_until == later + timedelta(minutes=10) and detail.card.free_slots == 0
    marketplace.checkout(market.session, actor=second, idempotency_key="k", now=later)
    assert found(market, second) == [] and market.session.execute(text("select count(*) from on_sale")).scalar_one() == 0
    with pytest.raises(marketplace.NotOnSale):
        marketplace.listing(market.session, actor=second, lead_id=lead.id, now=later)


def test_a_lead_that_is_taken_off_sale_is_not_found(market: Market) -> None:
    lead = on_sale(market)
    admin = Actor(uuid7(), "admin")
    leads.quarantine(market.session, actor=admin, lead_id=lead.id, reason="Looks copied.", now=market.now)
    assert found(market) == []
    assert not marketplace.publish(market.session, lead_ids=[lead.id], now=market.now), "late, it stays away"
    leads.release(market.session, actor=admin, lead_id=lead.id, now=market.now)
    leads.approve(market.session, actor=admin, lead_id=lead.id, now=market.now)
    asked = "select count(*) from outbox where kind = 'listing.publish' and key = :lead"
    assert market.session.execute(text(asked), {"lead": str(lead.id)}).scalar_one() == 1
    assert marketplace.publish(market.session, lead_ids=[lead.id], now=market.now) and found(market) == [lead.id]


def test_plans_see_listings_early_and_at_their_price(market: Market) -> None:
    lead = market.world.lead(slots=3)
    market.session.execute(text("select open_listing(:lead, 30::smallint, :now)"), {"lead": lead.id, "now": market.now})
    marketplace.publish(market.session, lead_ids=[lead.id], now=market.now)
    starter, enterprise = market.buyer(), market.buyer(plan="enterprise")
    assert found(market, starter) == []
    (card,) = marketplace.search(market.session, actor=enterprise, query=SearchQuery(), now=market.now).cards
    assert card.early_until == market.now + timedelta(hours=1)
    assert card.price_cents == card.list_price_cents - card.list_price_cents * 10 // 100
    detail = marketplace.listing(market.session, actor=enterprise, lead_id=lead.id, now=market.now)
    assert detail.quote is not None and detail.quote.price_cents == card.price_cents == sum(x.cents for x in detail.quote.lines)
    assert [cents for _, cents in detail.history] == [card.list_price_cents]


def test_similar_means_the_same_niche_around_there(market: Market) -> None:
    lead, near = on_sale(market), on_sale(market, lon=STRIP[0] + 0.01)
    on_sale(market, lon=STRIP[0] + 2)
    assert found(market, similar_to=lead.id) == [lead.id, near.id]
    with pytest.raises(SearchInvalid, match="no longer on sale"):
        found(market, similar_to=uuid7())


def test_facets_count_what_the_search_finds(market: Market) -> None:
    for quality in (10, 50, 90, 95):
        on_sale(market, quality=quality)
    counted = marketplace.facets(market.session, actor=market.buyer(), query=SearchQuery(quality_min=40.0), now=market.now)
    assert (counted.total, counted.capped) == (3, False)
    assert counted.niches == {market.world.niche.id: 3} and counted.markets == {market.world.market.id: 3}
    assert counted.qualities == {40: 1, 80: 2} and sum(counted.prices.values()) == 3


@given(steps=st.lists(st.tuples(st.sampled_from(["add", "close", "fold", "price"]), st.integers(0, 40)), max_size=14))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_squares_of_the_map_always_count_what_is_there(market: Market, steps: list[tuple[str, int]]) -> None:
    buyer = market.buyer()
    with market.session.begin_nested() as undo:
        for step, number in steps:
            if step == "add":
                on_sale(market, lon=STRIP[0] + number / 100)
            elif step == "fold":
                marketplace.fold_cells(market.session)
            elif step == "close":
                market.session.execute(
                    text("""update listing set state = 'closed', closed_at = :now where lead_id =
                            (select lead_id from on_sale order by lead_id limit 1)"""),
                    {"now": market.now},
                )
            else:
                builders.set_price(market.session, 1000 + number)
        listed, cents = market.session.execute(text("select count(*), coalesce(sum(price_cents), 0) from on_sale")).one()
        for level in range(4):
            cells = marketplace.cells(market.session, actor=buyer, box=BOX, level=level, now=market.now)
            assert sum(cell.listings for cell in cells) == listed
            assert abs(sum(cell.listings * cell.mean_cents for cell in cells) - cents) < 1 + listed
        undo.rollback()


def test_squares_tell_what_the_plan_pays(market: Market) -> None:
    on_sale(market)
    builders.set_price(market.session, 10_000)
    for plan, cents in ((None, 10_000), ("pro", 9_500)):
        cells = marketplace.cells(market.session, actor=market.buyer(plan=plan), box=BOX, level=2, now=market.now)
        assert [(cell.listings, cell.mean_cents) for cell in cells] == [(1, cents)]


def test_viewing_is_remembered_in_order(market: Market) -> None:
    first, second, buyer = on_sale(market), on_sale(market), market.buyer()
    for lead in (first, second, first):
        marketplace.listing(market.session, actor=buyer, lead_id=lead.id, now=market.now)
    seen = marketplace.recently_viewed(market.session, actor=buyer, now=market.now)
    assert [card.lead_id for card in seen] == [first.id, second.id]
    assert marketplace.recently_viewed(market.session, actor=market.buyer(), now=market.now) == []
    many = [on_sale(market).id for _ in range(5)]
    compared = marketplace.compare(market.session, actor=buyer, lead_ids=[*many, uuid7()], now=market.now)
    assert [card.lead_id for card in compared] == many[:4]


def test_what_no_job_published_is_found_by_the_sweep(market: Market) -> None:
    lead, closed = market.listed(), market.listed()
    market.session.execute(
        text("update listing set state = 'closed', closed_at = :now where lead_id = :id"), {"now": market.now, "id": closed.id}
    )
    assert marketplace.publish_missing(market.session, now=market.now) == 1 and found(market) == [lead.id]
    assert marketplace.publish_missing(market.session, now=market.now) == 0


def test_searches_leave_their_trace_but_not_those_of_staff(market: Market) -> None:
    buyer = market.buyer()
    found(market, buyer, text="roof", price_max_cents=5_000)
    found(market, Actor(uuid7(), "admin"), text="roof")
    market.session.commit()
    assert [marketplace.keep_searches(market.session) for _ in range(2)] == [1, 0]
    rows = market.session.execute(text("select kind, provider_id, query, found, at from market_event")).all()
    assert [tuple(row) for row in rows] == [
        ("search", buyer.provider_id, {"text": "roof", "price_max_cents": 5_000, "sort": "newest"}, 0, market.now)
    ]
    with pytest.raises(Forbidden):
        found(market, Actor(uuid7(), "scientist"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"lon": 1.0}, "lon"), ({"lon": 200.0, "lat": 0.0}, "lon"), ({"radius_m": 5.0}, "radius_m"),
        ({"lon": 0.0, "lat": 0.0, "radius_m": 0.0}, "radius_m"), ({"lon": 0.0, "lat": 0.0, "radius_m": 1e9}, "radius_m"),
        ({"polygon": "{}"}, "polygon"), ({"polygon": "nonsense"}, "polygon"),
        ({"polygon": '{"type":"Point","coordinates":[1,2]}'}, "polygon"),
        ({"polygon": '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}'}, "polygon"),
        ({"polygon": json.dumps({"type": "Polygon", "coordinates": [[[n / 1000, 0] for n in range(600)]]})}, "polygon"),
        ({"polygon": '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[NaN,1],[0,0]]]}'}, "polygon"),
        ({"price_min_cents": 5, "price_max_cents": 1}, "price_min_cents"), ({"quality_min": 101.0}, "quality_min"),
        ({"max_age_hours": -1.0}, "max_age_hours"), ({"text": "x" * 201}, "text"), ({"zips": ("8910",)}, "zips"),
        ({"sort": "distance"}, "sort"), ({"sort": "cheapest"}, "sort"), ({"limit": 0}, "limit"), ({"limit": 1000}, "limit"),
    ],
)  # fmt: skip
def test_a_search_that_makes_no_sense_is_refused_in_words(query: dict[str, Any], field: str) -> None:
    with pytest.raises(SearchInvalid) as refused:
        SearchQuery(**query)
    assert list(refused.value.fields) == [field]


def test_a_shape_that_crosses_itself_is_a_sentence(market: Market) -> None:
    on_sale(market)
    x, y = STRIP
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[x - 1, y - 1], [x + 1, y + 1], [x + 1, y - 1], [x - 1, y + 1], [x - 1, y - 1]]],
    }
    with pytest.raises(SearchInvalid, match="cross"):
        found(market, polygon=json.dumps(bow_tie))
    for cursor in ("", "x", "e30=", "W10=", "WzEsMl0="):
        with pytest.raises(SearchInvalid, match="start"):
            found(market, cursor=cursor)


@given(st.text(max_size=200))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_searched_for(market: Market, words: str) -> None:
    assert found(market, Actor(uuid7(), "admin"), text=words) == [], "nothing is on sale"


def test_a_search_survives_being_kept(market: Market) -> None:
    query = SearchQuery(
        niche_ids=(uuid7(),), zips=("89109",), lon=-115.1, lat=36.1, radius_m=5_000.0, text="roof", sort="distance"
    )
    assert SearchQuery.of(json.loads(json.dumps(query.document()))) == query
    with pytest.raises(SearchInvalid):
        SearchQuery.of({"niche_ids": ["nonsense"]})
    assert leads.public_requests(market.session, []) == []
