"""The page of models: what is in use, promoted, refused, rolled back, trained as a job (SPEC 10.4 to 10.6)."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core import advice
from core.advice import Comparison, InForce, Version
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from dashboard.admin.models_words import fact
from ml import registry
from ml.cases import from_world
from ml.cases.cases import FACTS
from ml.world import make_people
from tests.builders import Market, Niche
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World
from tests.ml import worlds

STAFF = ["admin", "analyst", "scientist"]


@pytest.mark.parametrize("role", STAFF)
def test_without_any_version_the_page_says_what_goes_on_and_how_it_fills(open_page: Open, role: str) -> None:
    page = open_page(role, "models")
    sound(page)
    said = words(page)
    assert "Written rules in use" in said and "No version yet" in said and "each Saturday" in said
    (table,) = [element.proto.body for element in page.get("html") if 'data-label="In use"' in element.proto.body]
    now = re.findall('data-label="In use">([^<]*)<', table)
    assert now == ["Written rules"] * 3 + ["Untrained model", "Fitted anew"]
    keys = {button.key for button in page.button}
    assert ("train" in keys) == (role != "analyst") and "do-roll-back" not in keys


@pytest.mark.parametrize(
    ("model", "view", "told"),
    [
        ("Fraud", "Drift", "Promote a version to see drift"),
        ("Price", "Drift", "Promote a version to see drift"),
        ("Quality", "Predictions", "No prediction yet"),
        ("Price", "Changes", "Nothing changed yet"),
        ("Trend", "Versions", "Nothing to promote"),
    ],
)
def test_every_view_says_how_it_fills(open_page: Open, model: str, view: str, told: str) -> None:
    page = open_page("scientist", "models", model=model, **{"models-view": view})
    sound(page)
    assert told in words(page)


def test_training_is_a_job_that_stands_once(open_page: Open, world: World) -> None:
    page = open_page("scientist", "models", model="Quality")
    page.button(key="train").click().run()
    sound(page)
    page.button(key="train").click().run()
    assert "It is being trained already." in [toast.value for toast in page.toast]
    with transaction() as session:
        latest = advice.latest_training(session, actor=SYSTEM, model="quality")
    assert latest is not None and (latest.state, latest.made) == ("ready", None)


@pytest.fixture(scope="module")
def versions(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Version, Version]]:
    """Two versions of the fraud model, trained on a made-up world, and leads to compare them on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLEADS_HOME", str(tmp_path_factory.mktemp("models")))
        patch.setenv("HOTLEADS_MLFLOW_URL", "")
        config.settings.cache_clear()
        now, cases = utc_now(), from_world(make_people(1, leads=900), seed=1)
        trained = registry.train(cases, "fraud")
        with transaction() as session:
            place = session.scalars(select(Niche)).one(), session.scalars(select(Market)).one()
            worlds.enter(session, cases, now, most=300, place=place)
            made = [registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now) for _ in range(2)]
        yield made[0], made[1]
    config.settings.cache_clear()


def champion() -> str | None:
    with transaction() as session:
        found = advice.in_force(session).get("fraud", InForce()).champion
    return found.name if found else None


def put_in_force(version: UUID) -> None:
    """Unless an earlier test of this world has."""
    better = Comparison("auc", 0.9, 0.8, "the written rule", "x")
    with transaction() as session:
        if advice.version(session, version).role != "champion":
            advice.promote(session, actor=SYSTEM, version_id=version, comparison=better, now=utc_now())


def said(page: AppTest) -> str:
    return " ".join(toast.value for toast in page.toast)


def test_one_that_is_not_better_is_refused_then_promoted_for_a_reason_then_taken_back(
    open_page: Open, versions: tuple[Version, Version]
) -> None:
    first, second = versions
    put_in_force(first.id)
    page = open_page("scientist", "models")
    assert "fraud-1 in use" in words(page)
    page.button(key="compare").click().run()
    sound(page)
    assert "fraud-2 is not better" in words(page)  # the same model twice scores the same
    page.button(key="promote").click().run()
    assert "It stays a challenger" in said(page) and champion() == "fraud-1"
    page.text_area[0].set_value("because").run()
    page.button(key="promote").click().run()
    assert "at least 20 characters" in said(page) and champion() == "fraud-1"
    page.text_area[0].set_value("The first one knows nothing of rings.").run()
    page.button(key="promote").click().run()
    sound(page)
    assert champion() == "fraud-2" == second.name
    page.button(key="do-roll-back").click().run()
    sound(page)
    assert champion() == "fraud-1" and "fraud-1 is in use again" in said(page)
    told = open_page("analyst", "models", **{"models-view": "Changes"}).dataframe[0].value
    assert list(told["to"])[:2] == ["fraud-1", "fraud-2"] and "knows nothing of rings" in told["why"][1]


def test_figures_stand_beside_the_rule_and_the_oracle(open_page: Open, versions: tuple[Version, Version]) -> None:
    page = open_page("analyst", "models")
    sound(page)
    rows = page.dataframe[0].value
    assert set(rows["who"]) == {"This version", "Written rule", "Oracle"}
    mine = rows[(rows["version"] == "fraud-1") & (rows["who"] == "This version")].iloc[0]
    assert mine["auc"] == pytest.approx(versions[0].figures["model"]["auc"])
    assert not [button for button in page.button if button.key in ("compare", "promote", "train", "do-roll-back")]


def test_drift_is_told_in_words_or_says_what_is_missing(open_page: Open, versions: tuple[Version, Version]) -> None:
    put_in_force(versions[0].id)
    page = open_page("admin", "models", **{"models-view": "Drift"})
    sound(page)
    assert "Too few yet" in words(page) and "50 leads" in words(page)
    assert "Too few yet" in words(open_page("analyst", "models", **{"models-view": "Drift"}))
    assert {fact(name) for name in FACTS} >= {"Disposable domain", "Niche"}


def test_what_was_said_is_listed(open_page: Open, world: World, versions: tuple[Version, Version]) -> None:
    with transaction() as session:
        advice.note(session, lead_id=world.waiting[0], version_id=versions[1].id, role="challenger", value=0.25, now=utc_now())
    (row,) = open_page("analyst", "models", **{"models-view": "Predictions"}).dataframe[0].value.to_dict("records")
    assert (row["version"], row["role"], row["value"]) == ("fraud-2", "Challenger", 0.25)
    assert row["lead"] == str(world.waiting[0])
