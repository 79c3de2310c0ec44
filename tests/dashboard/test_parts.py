"""Parts of pages that are plain functions: figures, maps, the filter builder's rows."""

from datetime import UTC, date, datetime, timedelta
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import Forbidden, Invalid, NotFound
from dashboard import navigation, wording
from dashboard.components import charts, figures, maps, pills, regions

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


def test_money_and_counts() -> None:
    assert figures.money(124_050) == "$1,240.50" and figures.money(None) == "–"
    assert [figures.count(n, "lead") for n in (0, 1, 1_200)] == ["0 leads", "1 lead", "1,200 leads"]


@given(st.lists(st.tuples(st.floats(-120, -70), st.floats(25, 48)), min_size=3, max_size=8))
def test_a_map_shows_every_place_whole(places: list[tuple[float, float]]) -> None:
    shape = {"type": "Polygon", "coordinates": [places]}
    frame = maps._frame([shape], [])
    for lon, lat in places:
        x, y = frame.xy(lon, lat)
        assert -1 <= x <= maps.WIDTH + 1 and -1 <= y <= frame.height + 1


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd", "-2+3", "@x", "\t=1"])
def test_no_cell_of_a_chart_s_file_is_a_formula(cell: str) -> None:
    assert charts._plain({"what": cell, "amount": -1.5}) == {"what": f"'{cell}", "amount": -1.5}


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
