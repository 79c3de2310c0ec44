"""The marketplace's map and comparison: shapes in the address, points and squares, bad input in words (SPEC 9.1)."""

import json
from importlib import import_module
from uuid import UUID

import pytest

from core import marketplace
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.marketplace import SearchInvalid, SearchQuery
from dashboard.provider import market_shape
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import said
from tests.dashboard.test_marketplace import _nothing_held, buyer, listed  # noqa: F401
from tests.dashboard.world import World

STRIP = "-115.1728,36.1147"
AROUND = "polygon:-115.25,36.05;-115.1,36.05;-115.1,36.2;-115.25,36.2"


def test_a_shape_survives_its_address() -> None:
    corners = [[-115.25, 36.05], [-115.1, 36.05], [-115.1, 36.2]]
    address = market_shape.address_of({"kind": "polygon", "corners": corners})
    assert market_shape.shape_of(address) == {"kind": "polygon", "corners": corners}
    ring = json.loads(market_shape.asked_by(address)["polygon"])["coordinates"][0]
    assert ring == [*corners, corners[0]]
    circle = market_shape.address_of({"kind": "circle", "at": [-115.17283, 36.1147], "metres": 8000.4})
    assert circle == "circle:-115.17283,36.11470,8000"
    assert market_shape.asked_by(circle) == {"lon": -115.17283, "lat": 36.1147, "radius_m": 8000}


@pytest.mark.parametrize(
    "drawn", [{}, {"kind": "circle"}, {"kind": "polygon", "corners": [["a", 1]]}, {"kind": "circle", "at": [1], "metres": 2}]
)
def test_what_no_map_would_say_is_refused(drawn: dict[str, object]) -> None:
    with pytest.raises(SearchInvalid, match="can't be read"):
        market_shape.address_of(drawn)


@pytest.mark.parametrize(
    ("area", "sentence"),
    [
        ("polygon:-115.3,36.0;-115.0,36.3;-115.0,36.0;-115.3,36.3", "The lines of this shape cross"),
        ("polygon:-115.3,36.0;-115.0,36.3", "Draw one closed shape with 3 to 500 corners"),
        ("polygon:" + ";".join(["-115.3,36.0"] * 600), "Draw one closed shape with 3 to 500 corners"),
        (f"circle:{STRIP},0", "A radius is more than 0"),
        (f"circle:{STRIP},-5", "A radius is more than 0"),
        ("circle:-115.1728,360,8000", "Choose a point on the map"),
        ("circle:nan,36,8000", "can't be read"),
        ("square:1,2", "can't be read"),
        ("polygon:' or 1=1 --", "can't be read"),
    ],
)
@pytest.mark.parametrize("view", ["Cards", "Table"])
def test_a_bad_shape_is_told_in_words(open_page: Open, world: World, area: str, sentence: str, view: str) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace", area=area, view=view)
    sound(page)
    assert [warning.value.count(sentence) for warning in page.warning] == [1]
    assert f"hold-{lead}" not in {button.key for button in page.button}


def test_a_price_that_is_none_names_its_field(open_page: Open, world: World) -> None:
    listed(world)
    page = open_page("provider", "marketplace", low="a lot")
    sound(page)
    assert '"Price from" is no price. Enter an amount' in words(page) and "Nothing was searched" in words(page)


def test_a_drawn_area_finds_what_lies_in_it(open_page: Open, world: World) -> None:
    lead = listed(world)
    for area in (AROUND, f"circle:{STRIP},3000"):
        page = open_page("provider", "marketplace", area=area)
        sound(page)
        assert page.button(key=f"hold-{lead}")
    page = open_page("provider", "marketplace", area="circle:-115.4,36.3,3000")
    sound(page)
    assert "No lead on sale fits" in words(page)
    page.button(key="widen").click().run()
    assert "area" not in page.query_params and page.button(key=f"hold-{lead}")


def test_a_drawn_area_sorts_by_distance_and_is_kept_with_a_saved_search(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace", area=AROUND, sort="Nearest")
    sound(page)
    assert "miles away" in words(page) and page.button(key=f"hold-{lead}")
    page.text_input(key="save-name").set_value("Drawn by hand")
    next(button for button in page.button if button.label == "Save this search").click().run()
    assert said(page) == "Saved: Drawn by hand."
    with transaction() as session:
        kept = next(each for each in marketplace.saved_searches(session, actor=buyer(world)) if each.name == "Drawn by hand")
    assert kept.query is not None and kept.query.polygon is not None


def test_the_map_counts_squares_when_points_are_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        listed(world)
    with transaction() as session:
        few = marketplace.spots(session, actor=buyer(world), query=SearchQuery(), now=utc_now())
        assert len(few.spots) >= 3 and not few.squares
        monkeypatch.setattr(import_module("core.marketplace.spots"), "MOST_SPOTS", 2)
        whole = marketplace.spots(session, actor=buyer(world), query=SearchQuery(), now=utc_now())
        narrowed = SearchQuery(price_min_cents=1)
        some = marketplace.spots(session, actor=buyer(world), query=narrowed, box=(-115.3, 36.0, -115.0, 36.3), now=utc_now())
        none = marketplace.spots(session, actor=buyer(world), query=narrowed, box=(-100.0, 30.0, -99.0, 31.0), now=utc_now())
    assert sum(square.listings for square in whole.squares) == len(few.spots) == sum(square.listings for square in some.squares)
    assert whole.squares[0].size_m > some.squares[0].size_m and not (none.spots or none.squares)


def test_a_part_of_the_map_that_does_not_exist_is_refused_in_words(world: World) -> None:
    with transaction() as session, pytest.raises(SearchInvalid, match="Move the map back"):
        marketplace.spots(session, actor=buyer(world), query=SearchQuery(), box=(10.0, 5.0, -10.0, 6.0), now=utc_now())


def test_what_was_clicked_on_the_map_comes_first(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace", pick=str(lead), q="villa nobody has")
    sound(page)
    page = open_page("provider", "marketplace", pick="01a20213-8ed2-7185-915b-50e26978e0ea")
    sound(page)
    assert "no longer on sale" in words(page)
    page.button(key="put-back").click().run()
    sound(page)
    assert "pick" not in page.query_params and page.button(key=f"hold-{lead}")


def test_up_to_four_are_compared(open_page: Open, world: World) -> None:
    leads = [listed(world) for _ in range(5)]
    page = open_page("provider", "marketplace")
    for lead in leads[:4]:
        page.button(key=f"compare-{lead}").click().run()
    sound(page)
    page.button(key=f"compare-{leads[4]}").click().run()
    assert said(page) == "Up to 4 leads are compared. Take one out first."
    page.button(key="compare-go").click().run()
    sound(page)
    shown = " ".join(element.proto.body for element in page.get("html"))
    assert shown.count("2 of 2 places left") == 4 and "Property type" in shown
    page.button(key=f"out-{leads[0]}").click().run()
    assert page.query_params["compare"] == ",".join(str(lead) for lead in leads[1:4])
    page.button(key=f"hold-{leads[1]}").click().run()
    sound(page)
    assert said(page).startswith("Held for you")


@pytest.mark.parametrize("compare", ["", "x,y", "01a20213-8ed2-7185-915b-50e26978e0ea"])
def test_a_comparison_of_nothing_says_how_to_begin(open_page: Open, compare: str) -> None:
    page = open_page("provider", "marketplace", view="Compare", compare=compare)
    sound(page)
    assert "Nothing to compare yet" in words(page)


def test_one_that_left_the_market_is_missed_in_the_comparison(open_page: Open, world: World) -> None:
    lead, gone = listed(world), UUID("01a20213-8ed2-7185-915b-50e26978e0ea")
    page = open_page("provider", "marketplace", view="Compare", compare=f"{lead},{gone}")
    sound(page)
    assert "1 lead of them left the market meanwhile" in words(page)


def test_the_table_lists_what_the_cards_list(open_page: Open, world: World) -> None:
    listed(world), listed(world)
    page = open_page("provider", "marketplace", view="Table")
    sound(page)
    assert len(page.dataframe[0].value) == 2
    assert "Tick a row" in words(page)


def test_an_item_that_was_sold_meanwhile_is_told_in_words(open_page: Open, world: World) -> None:
    lead = listed(world, slots=1)
    page = open_page("provider", "marketplace")
    with transaction() as session:
        rival = builders.a_provider(session, utc_now(), company_name="Rival Roofs", balance_cents=100_000)
        person = builders.a_user(session, utc_now(), role="provider", provider_id=rival.id)
        actor = Actor(person.id, "provider", rival.id)
        marketplace.hold(session, actor=actor, lead_id=lead, now=utc_now())
        marketplace.checkout(session, actor=actor, idempotency_key="quicker", now=utc_now())
    page.button(key=f"hold-{lead}").click().run()
    sound(page)
    assert said(page) == "Somebody else just took the last place of this lead. Look for another one."
    assert f"hold-{lead}" not in {button.key for button in page.button}
    page = open_page("provider", "marketplace", view="Compare", compare=str(lead))
    sound(page)
    assert "They are no longer on sale" in words(page)


@pytest.mark.parametrize(
    "typed",
    [
        "\"tile' roof",
        "roof & | ! :* <->",
        "(((",
        'roof -leak OR "',
        "%_\\",
        "'; drop table on_sale; --",
        "<script>alert(1)</script>",
        "\u2063roof\u2064",
    ],
)
def test_words_with_quotes_and_operators_are_only_words(open_page: Open, world: World, typed: str) -> None:
    listed(world)
    for view in ("Cards", "Table"):
        page = open_page("provider", "marketplace", q=typed, view=view, area=AROUND)
        sound(page)
        assert not page.warning and not page.error


@pytest.mark.parametrize(
    "query", [{"area": AROUND, "saved": "x"}, {"view": "Nonsense"}, {"pick": "x"}, {"area": ""}, {"from": "old", "area": AROUND}]
)
def test_an_address_that_has_expired_still_opens(open_page: Open, world: World, query: dict[str, str]) -> None:
    listed(world)
    page = open_page("provider", "marketplace", **query)
    sound(page)
    assert not page.error
