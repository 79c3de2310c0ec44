"""Parts of pages that are plain functions: figures, maps, the filter builder's rows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import Forbidden, Invalid, NotFound
from dashboard import navigation, wording
from dashboard.components import figures, maps, pills
from dashboard.provider import filters
from dashboard.shared.wallet import _plain

NOW = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)


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


RULE = st.builds(
    lambda field, value: {"field": field, "operator": "eq", "value": value}, st.sampled_from(["a", "b"]), st.integers(0, 9)
)
INNER = st.one_of(
    RULE,
    st.builds(lambda rules: {"any": rules}, st.lists(RULE, min_size=1, max_size=3)),
    st.builds(lambda rules: {"all": rules}, st.lists(RULE, min_size=1, max_size=3)),
    st.builds(lambda rule: {"not": rule}, RULE),
    st.builds(lambda rules: {"not": {"any": rules}}, st.lists(RULE, min_size=2, max_size=3)),
)
EDITABLE = st.one_of(
    st.just({"all": []}),
    st.builds(lambda kind, members: {kind: members}, st.sampled_from(["all", "any"]), st.lists(INNER, min_size=1, max_size=4)),
)


@given(EDITABLE)
def test_the_filter_builder_keeps_what_it_opens(rules: dict[str, object]) -> None:
    opened = filters._opened(rules, outer=True)
    assert opened is not None and filters._rules(opened) == rules


@given(RULE)
def test_deeper_filters_are_left_alone(rule: dict[str, object]) -> None:
    assert filters._opened({"all": [{"any": [{"all": [rule]}]}]}, outer=True) is None


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_no_cell_of_a_file_is_a_formula(cell: str) -> None:
    assert _plain(cell) == f"'{cell}"


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
