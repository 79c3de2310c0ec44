"""The trial of prices on the Models page: started, read at any time, stopped, by role (SPEC 10.6)."""

from core import advice, pricing
from core.advice import Comparison
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World

TRIAL = {"model": "Price", "models-view": "Trial"}


def test_a_trial_needs_a_model_then_goes_on_until_it_is_stopped(open_page: Open, world: World) -> None:
    page = open_page("scientist", "models", **TRIAL)
    sound(page)
    assert "Nothing to try yet" in words(page)
    with transaction() as session:
        now = utc_now()
        made = advice.register(
            session, actor=SYSTEM, model="price", run_id="r", sha256="0" * 64, snapshot="s", cut_off=now, figures={}, now=now
        )
        better = Comparison("log likelihood", 0.9, 0.8, "knowing the mean alone", "x")
        advice.promote(session, actor=SYSTEM, version_id=made.id, comparison=better, now=now)
    page = open_page("scientist", "models", **TRIAL)
    page.number_input[0].set_value(30)
    page.button[[button.label for button in page.button].index("Start the trial")].click().run()
    sound(page)
    reader = open_page("analyst", "models", **TRIAL)
    sound(reader)
    told = words(reader)
    assert "price-1 prices 30% of listings" in told and "50 more of each to begin with" in str(reader.metric[2].proto)
    assert "do-stop-trial" not in {button.key for button in reader.button}
    page = open_page("scientist", "models", **TRIAL)
    page.button(key="do-stop-trial").click().run()
    sound(page)
    with transaction() as session:
        assert pricing.running(session) is None
    over = open_page("analyst", "models", **TRIAL)
    assert "No trial goes on" in words(over)
    assert list(over.dataframe[0].value["reason"]) == ["Stopped by hand"]


def test_only_prices_are_tried(open_page: Open) -> None:
    page = open_page("analyst", "models", model="Fraud", **{"models-view": "Trial"})
    sound(page)
    assert "drawn by its id" not in words(page)
