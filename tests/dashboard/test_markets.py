"""The page of markets: a fifth one without a release, what is refused in words, and the door (SPEC 0)."""

import json

import pytest
from sqlalchemy import text

from core.kit.db import transaction
from tests.dashboard.conftest import Open, sound, words

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-110.98, 32.2], [-110.9, 32.2], [-110.9, 32.26], [-110.98, 32.26], [-110.98, 32.2]]],
}


def status_of(slug: str) -> str | None:
    with transaction() as session:
        return session.execute(text("select status from market where slug = :slug"), {"slug": slug}).scalar_one_or_none()


def test_a_market_is_added_from_a_county_closed_and_opened_again(open_page: Open) -> None:
    page = open_page("admin", "markets")
    page.text_input(key="market-name").set_value("Flagstaff")
    page.text_area(key="market-Counties").set_value("Coconino, AZ\n")
    next(button for button in page.button if button.label == "Add the market").click().run()
    sound(page)
    told = words(page)
    assert "Arizona time" in told and "ZIP codes" in told and status_of("flagstaff") == "open"
    next(button for button in page.button if button.label == "Close it").click().run()
    assert status_of("flagstaff") == "closed"
    next(button for button in page.button if button.label == "Open the market").click().run()
    assert status_of("flagstaff") == "open"


@pytest.mark.parametrize(
    ("way", "given", "said"),
    [("Counties", "Nowhere, AZ", "We know no county Nowhere, AZ"), ("ZIP codes", "00000, x", "Not ZIP codes with land")],
)
def test_what_can_not_be_a_market_is_said(open_page: Open, way: str, given: str, said: str) -> None:
    page = open_page("admin", "markets")
    page.segmented_control(key="market-way").set_value(way).run()
    page.text_input(key="market-name").set_value("Elsewhere")
    page.text_area(key=f"market-{way}").set_value(given)
    next(button for button in page.button if button.label == "Add the market").click().run()
    sound(page)
    assert said in words(page) and status_of("elsewhere") is None


def test_an_outline_is_uploaded(open_page: Open) -> None:
    page = open_page("admin", "markets")
    page.segmented_control(key="market-way").set_value("Outline").run()
    page.text_input(key="market-name").set_value("Tucson")
    page.file_uploader(key="market-file").set_value(("tucson.geojson", json.dumps(SQUARE).encode(), "application/geo+json"))
    next(button for button in page.button if button.label == "Add the market").click().run()
    sound(page)
    assert status_of("tucson") == "open"


def test_analysts_look_only(open_page: Open) -> None:
    page = open_page("analyst", "markets")
    sound(page)
    assert not [button for button in page.button if button.label in ("Add the market", "Close it")]
