"""Parts of pages that are plain functions: figures, maps, the filter builder's rows."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import escape
from math import cos, radians

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.lengths import distance, land
from dashboard import navigation, wording
from dashboard.components import charts, figures, maps, periods, pills, points, regions, scores

NOW = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)


def test_what_is_likely_is_never_certain() -> None:
    assert [figures.likely(p) for p in (0.304, 0.83, 0.9996, 1.0)] == ["30%", "83%", "99%", "99%"]


@pytest.mark.parametrize(
    ("back", "told"),
    [(10, "just now"), (60, "60 s ago"), (720, "12 min ago"), (10_800, "3 h ago"), (432_000, "5 days ago"), (-7_200, "in 2 h")],
)
def test_relative_time(back: int, told: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=back), now=NOW) == told


def test_exact_time_names_its_zone() -> None:
    assert figures.exact(NOW, "America/Phoenix") == "Wed 4 Nov 2026, 11:00 MST"
    assert "title=" in figures.time_tag(NOW) and figures.time_tag(None) == "–"


@pytest.mark.parametrize(("zone", "began"), [("America/Los_Angeles", 8), ("America/Phoenix", 7), ("UTC", 24)])
def test_today_begins_where_the_market_is(zone: str, began: int) -> None:
    """Three in the morning of the fourth in UTC is the evening of the third in the markets."""
    with time_machine.travel(datetime(2026, 11, 4, 3, tzinfo=UTC), tick=False):
        assert periods.began(1, zone=zone) == datetime(2026, 11, 3, tzinfo=UTC) + timedelta(hours=began)
    with time_machine.travel(datetime(2026, 11, 2, 3, tzinfo=UTC), tick=False):  # the clocks went back on the first
        assert periods.began(2, zone="America/Los_Angeles") == datetime(2026, 10, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize("words", ['<a href="https://evil.example">Pay here</a>', "<time onclick=x>now</time>", "<b>x"])
def test_what_people_wrote_is_never_markup_on_a_page(words: str) -> None:
    def page_of(words: str) -> None:
        from datetime import UTC, datetime

        from dashboard.components import figures, page

        page.facts([("They wrote", words), ("Sent", figures.time_tag(datetime(2026, 11, 4, tzinfo=UTC)))])

    drawn = AppTest.from_function(page_of, args=(words,)).run().get("html")[0].proto.body
    assert f"<dd>{escape(words)}</dd>" in drawn and "<dd><time " in drawn


@pytest.mark.parametrize(
    "words", ["[Sign in](https://evil.example)", "![x](https://evil.example)", "<b>x</b>", "**x** `y` $z$ ~~a~~ \\"]
)
def test_what_people_wrote_is_never_markdown_in_a_title(words: str) -> None:
    def page_of(words: str) -> None:
        from dashboard.components import page

        page.header(words, words, pill="**On**")
        page.section(words)

    drawn = AppTest.from_function(page_of, args=(words,)).run()
    sentence = drawn.markdown[0].value.removeprefix("**On** :gray[").removesuffix("]")
    for told in (drawn.title[0].value, drawn.subheader[0].value, sentence):
        assert re.sub(r"\\(.)", r"\1", told) == words, "what is read is what was written"
        assert not set(re.sub(r"\\.", "", told)) & set("[]<>`*$~"), "and none of it acts"


def test_money_and_counts() -> None:
    assert figures.money(124_050) == "$1,240.50" and figures.money(None) == "–"
    assert [figures.count(n, "lead") for n in (0, 1, 1_200)] == ["0 leads", "1 lead", "1,200 leads"]


def test_lengths_and_lands_are_told_in_miles() -> None:
    assert [distance(metres) for metres in (30, 400, 1_609, 3_153, 4_023)] == [
        "100 ft", "0.2 miles", "1 mile", "2 miles", "2.5 miles",
    ]  # fmt: skip
    assert land(16_745) == "6,465 sq mi" and land(5) == "1.9 sq mi"


def test_clocks_counties_and_days_as_people_say_them() -> None:
    zones = ("America/Los_Angeles", "America/Chicago", "America/St_Johns", "UTC")
    assert [figures.clock(zone) for zone in zones] == ["Pacific time", "Central time", "St Johns time", "UTC"]
    assert [figures.county(name) for name in ("Clark", "Clark County", None)] == ["Clark County", "Clark County", None]
    answers = ("2026-11-19", "2026-13-40", "19 Main St", "1998")
    assert [figures.answer(each) for each in answers] == ["19 Nov 2026", "2026-13-40", "19 Main St", "1998"]


def test_numbers_are_grouped_unless_they_are_names() -> None:
    asked = ("Living area in square feet", "Year built", "ZIP code", "What would you spend?", "How many stories?")
    given = ("2650", "1998", "89109", "440000", "2")
    assert [figures.answer(*each) for each in zip(given, asked, strict=True)] == ["2,650", "1998", "89109", "440,000", "2"]


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("70 JUNIPER CT", "70 Juniper Ct"),
        ("1200 W MCCARRAN ST", "1200 W McCarran St"),
        ("3 N 5TH AVE", "3 N 5th Ave"),
        ("18 O'BRIEN'S WAY", "18 O'Brien's Way"),
        ("9 WINSTON-SALEM DR NE", "9 Winston-Salem Dr NE"),
        ("8 US HWY 95", "8 US Hwy 95"),
        ("12 Rue McCoy", "12 Rue McCoy"),
    ],
)
def test_streets_in_the_postal_service_s_capitals_are_read_as_people_write_them(kept: str, read: str) -> None:
    assert figures.street(kept) == read


def test_an_address_is_one_line() -> None:
    assert figures.address("70 JUNIPER CT", "APT 4B", "Las Vegas", "NV", "89109") == "70 Juniper Ct Apt 4B, Las Vegas, NV 89109"
    assert figures.address(None, None, "Las Vegas", None, "89109") == "Las Vegas, 89109"


def test_a_trend_of_zeros_is_no_line_across_the_middle() -> None:
    def drawn() -> None:
        from dashboard.components.tiles import Tile, tiles

        tiles([Tile("None", "0", trend=(0, 0, 0)), Tile("Sold", "2", trend=(0, 2, 1)), Tile("Alone", "1", trend=(1,))])

    page = AppTest.from_function(drawn).run()
    assert [bool(tile.proto.chart_data) for tile in page.metric] == [False, True, False]


def test_versions_are_told_in_words() -> None:
    assert [scores.version_words(each) for each in ("rules-1", "claims-rule-2", "fraud-3")] == [
        "the written rule, version 1", "the written rule, version 2", "the model fraud-3",
    ]  # fmt: skip


def test_the_points_of_a_score_are_told_beside_their_reasons() -> None:
    assert [scores._points(each) for each in (40.0, 7.6, -12.5, 0.2)] == [
        "<b>+40</b> ", "<b>+8</b> ", "<b>−12</b> ", "<b>+0</b> ",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(-120, -80), st.floats(26, 48)), min_size=1, max_size=6))
def test_a_map_of_points_fits_a_phone(places: list[tuple[float, float]]) -> None:
    view = points._view([points.Dot(lon, lat, "", "live") for lon, lat in places])
    shown = 360 / 2**view.zoom * points.PHONE_PX / points.TILE_PX  # degrees across a phone
    assert max(lon for lon, _ in places) - min(lon for lon, _ in places) <= shown + 1e-6


@given(st.lists(st.tuples(st.floats(-120, -70), st.floats(25, 48)), min_size=3, max_size=8))
def test_a_map_shows_every_place_whole(places: list[tuple[float, float]]) -> None:
    shape = {"type": "Polygon", "coordinates": [places]}
    frame = maps._frame([shape], [])
    for lon, lat in places:
        x, y = frame.xy(lon, lat)
        assert -1 <= x <= maps.WIDTH + 1 and -1 <= y <= frame.height + 1


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd", "-2+3", "@x", "\t=1"])
def test_no_cell_of_a_chart_s_file_is_a_formula(cell: str) -> None:
    assert next(csv.DictReader(io.StringIO(charts.as_csv([{"what": cell}], ["what"]))))["what"] == f"'{cell}"


def test_refusals_say_what_to_do_now() -> None:
    assert "administrator" in wording.sentence(Forbidden("x", "Your role does not allow this."))
    assert wording.sentence(NotFound("x", "Gone. Open the list.")) == "Gone. Open the list."
    assert wording.whole(Invalid("x", "Correct it.", fields={"a": "Too long."})) == "Correct it. Too long."
    for error in (Forbidden("x", "No."), NotFound("x", "No."), Invalid("x", "No.")):
        assert "!" not in wording.sentence(error)


def test_every_state_has_a_word_and_an_icon() -> None:
    for name, state in pills.STATES.items():
        assert state.word and state.icon and pills.word(name) == state.word
    assert pills.word("brand_new_state") == "Brand new state"


def test_addresses() -> None:
    assert navigation.address("leads", lead="1") == "/leads?lead=1" and navigation.address("today") == "/"


@pytest.mark.parametrize("box", [(-98.8, 29.4, -96.9, 31.2), (-115.4, 35.9, -114.9, 36.4), (-97.0, 32.0, -97.0, 32.0)])
def test_a_map_of_areas_shows_all_of_them_on_a_phone(box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    view = regions.view({"features": [{"geometry": {"type": "Polygon", "coordinates": [ring]}}]}, height=460)
    per_degree = regions.TILE * 2**view.zoom / 360
    assert (east - west) * per_degree <= 340.1 and (north - south) / cos(radians(view.latitude)) * per_degree < 460
    assert (view.latitude, view.longitude) == pytest.approx(((south + north) / 2, (west + east) / 2))


def test_shares_days_and_numbers_are_written_in_one_way() -> None:
    assert [figures.percent(part) for part in (None, 0.0, 0.425, 1.0)] == ["–", "0%", "42%", "100%"]
    assert [figures.percent(part, 1) for part in (0.0, 0.425, 0.9071)] == ["0%", "42.5%", "90.7%"]
    first, last = date(2026, 10, 30), date(2026, 11, 28)
    assert figures.span(first, last) == "30 Oct to 28 Nov 2026" and figures.span(last, last) == "28 Nov 2026"
    assert figures.span(first.replace(year=2025), last) == "30 Oct 2025 to 28 Nov 2026"
    assert [figures.phone(number) for number in ("+17025550142", "unknown", None)] == ["(702) 555-0142", "unknown", None]
    assert figures.phone("+442079460000") == "+44 20 7946 0000", "without its country nobody could call it"


def test_a_day_begins_at_the_reader_s_midnight() -> None:
    evening = datetime(2026, 11, 3, 2, 30, tzinfo=UTC)  # 2 November, 18:30 in Las Vegas
    today = periods.began(1, zone="America/Los_Angeles", now=evening)
    assert today == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    week = periods.began(7, zone="America/Los_Angeles", now=evening)
    assert week == datetime(2026, 10, 27, 7, 0, tzinfo=UTC), "the clocks went back in between"


def test_no_cell_of_a_file_is_a_formula() -> None:
    rows = [
        {"part": '=HYPERLINK("http://evil.example")', "received": 3, "note": "-5 of them"},
        {"part": "Roofing", "received": -1},
    ]
    file = list(csv.DictReader(io.StringIO(charts.as_csv(rows, ("part", "received", "note")))))
    assert [row["part"] for row in file] == ['\'=HYPERLINK("http://evil.example")', "Roofing"]
    assert [row["received"] for row in file] == ["3", "-1"] and file[0]["note"] == "'-5 of them"


def test_what_the_trail_holds_is_told_in_words() -> None:
    deeds = ("user.role_changed", "lead.do_not_sell", "area_added")
    assert [wording.deed(each) for each in deeds] == ["User: role changed", "Lead: do not sell", "Area added"]
    assert [wording.doer(each) for each in ("system", "admin", "robot")] == ["The system", "An administrator", "Robot"]
