"""Capacity: inputs begin with what was seen here, what they need follows, the address keeps them (docs/scaling.md)."""

from core import ops
from dashboard.admin.operations_capacity import PIECES
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


def tile(page: object, label: str) -> str:
    return next(str(tile.value) for tile in page.metric if tile.label == label)  # type: ignore[attr-defined]


def test_what_a_day_needs_follows_its_inputs(open_page: Open, world: World) -> None:
    page = open_page("analyst", "operations", ops="Capacity")
    sound(page)
    assert "In the last four weeks there were" in words(page)
    assert float(tile(page, "Leads a second, at most").removeprefix("< ")) < 1
    page.number_input(key="day-leads").set_value(8_640_000).run()
    page.number_input(key="day-peak").set_value(2.0).run()
    sound(page)
    assert tile(page, "Leads a second, at most") == "200"
    assert "Next step: one machine" not in words(page).replace("*", "")


def test_each_piece_of_the_model_has_words(open_page: Open, world: World) -> None:
    assert set(PIECES) == set(ops.COSTS)
    page = open_page("admin", "operations", **{"ops": "Capacity", "day-leads": "1000"})
    shown = page.dataframe[-1].value
    assert list(shown["piece"]) == list(PIECES.values()) and shown["times"][0] == 1000
