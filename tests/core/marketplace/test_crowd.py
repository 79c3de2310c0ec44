"""A crowded place is searched along the order: the same pages as by looking at the place (SPEC 9.1)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import marketplace
from core.marketplace import SearchQuery, crowd, ground
from tests.core.marketplace.looking import STRIP, on_sale
from tests.core.marketplace.test_pages import pages
from tests.core.marketplace.world import Market

SORTS = [sort for sort in marketplace.SORTS if sort != "distance"]
PLACES: list[dict[str, Any]] = [
    {"radius_m": 20_000.0, "lon": STRIP[0], "lat": STRIP[1]},
    {"polygon": '{"type": "Polygon", "coordinates": [[[-115.4, 36], [-115, 36], [-115, 36.4], [-115.4, 36.4], [-115.4, 36]]]}'},
]


@pytest.fixture
def crowded(market: Market) -> Market:
    """Two dozen listings side by side that opened one after the other, and dearer ones far away that are better and newer."""
    near = [on_sale(market, quality=float(number % 7)).id for number in range(24)]
    far = [on_sale(market, lon=-97.0, lat=32.8, quality=99.0).id for _ in range(3)]
    for number, lead in enumerate([*near, *far]):
        market.session.execute(
            text("update on_sale set opened_at = :at, price_cents = :cents where lead_id = :lead"),
            {"lead": lead, "at": market.now - timedelta(hours=60 - number), "cents": 2_000 + number * 37 % 11 * 100},
        )
    market.session.execute(text("select fold_cells()"))
    return market


def pages_by_place(market: Market, query: SearchQuery) -> list[UUID]:
    """The same search where no square tells how many there are."""
    kept = market.session.begin_nested()
    market.session.execute(text("delete from sale_cell"))
    found = pages(market, query)
    kept.rollback()
    return found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("place", PLACES, ids=["radius", "polygon"])
def test_the_pages_are_those_of_the_place(crowded: Market, sort: marketplace.Sort, place: dict[str, Any]) -> None:
    query = SearchQuery(sort=sort, limit=3, **place)
    assert len(pages(crowded, query)) == 24
    assert pages(crowded, query) == pages_by_place(crowded, query)


def test_a_walk_that_ends_too_early_costs_no_listing(crowded: Market) -> None:
    # Only the oldest listings are as cheap as this, and the walk begins with the newest and gives up half way.
    crowded.session.execute(text("update on_sale set price_cents = 100 where opened_at < :old"), {
        "old": crowded.now - timedelta(hours=54),
    })  # fmt: skip
    assert len(pages(crowded, SearchQuery(limit=3, price_max_cents=100, **PLACES[0]))) == 6


def test_the_estimate_knows_how_many_are_in_a_place() -> None:
    whole = crowd.squares(ground.around(*STRIP, 64_000 * 2))
    assert whole["level"] == 0
    cells = (whole["east"] - whole["west"] + 1) * (whole["north"] - whole["south"] + 1)
    assert cells <= 25
    assert whole["share"] == pytest.approx(ground.around(*STRIP, 128_000).area / (cells * 64_000**2))
    assert crowd.squares(ground.around(*STRIP, 10))["level"] == 3
