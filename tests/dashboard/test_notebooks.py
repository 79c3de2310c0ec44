"""The page of notebooks: picked, set, run as a job, read in a frame, by role (SPEC 10.5)."""

from uuid import UUID

import pytest
from sqlalchemy import text

from core import advice
from core.advice.notebooks import NotebookRun
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from ml.notebooks import ask
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


@pytest.fixture(autouse=True)
def _no_runs(world: World) -> None:
    with transaction() as session:
        session.execute(text("delete from notebook_run"))


def asked(world: World, notebook: str = "market") -> UUID:
    with transaction() as session:
        actor = Actor(world.users["scientist"], "scientist")
        return ask(session, actor=actor, notebook=notebook, parameters={}, now=utc_now()).id


def every() -> list[NotebookRun]:
    with transaction() as session:
        return advice.notebooks.runs(session, actor=SYSTEM)


def test_a_scientist_sets_and_runs_one_and_an_analyst_may_only_read(open_page: Open) -> None:
    page = open_page("scientist", "notebooks", notebook="Price")
    sound(page)
    assert "Nothing was run yet" in words(page)
    page.number_input(key="set-price-listings").set_value(300)
    page.button[[b.label for b in page.button].index("Run this notebook")].click().run()
    sound(page)
    (run,) = every()
    assert (run.notebook, run.state, run.parameters["listings"]) == ("price", "queued", 300)
    reader = open_page("analyst", "notebooks")
    sound(reader)
    assert "Admins and scientists run notebooks" in words(reader)
    assert "Run this notebook" not in [button.label for button in reader.button]
    assert "Asked for by Scientist Person" in words(reader)


def test_a_run_is_followed_then_read_in_a_frame_of_its_own(open_page: Open, world: World) -> None:
    run = asked(world)
    assert "Waiting for a worker" in words(open_page("analyst", "notebooks", run=str(run)))
    with transaction() as session:
        advice.notebooks.begin(session, run_id=run, now=utc_now())
        advice.notebooks.tell(session, run_id=run, done=4, step="What goes together")
    page = open_page("analyst", "notebooks", run=str(run))
    sound(page)
    assert "Cell 5 of 14: What goes together" in str(page.get("progress")[0].proto)
    with transaction() as session:
        advice.notebooks.end(session, run_id=run, file="notebooks/x/1.html", mlflow_run="abc", error=None, now=utc_now())
    page = open_page("analyst", "notebooks", run=str(run))
    sound(page)
    assert f"/notebook-runs/{run}/page" in str(page.get("iframe")[0].proto)
    assert "Kept in MLflow as run abc." in words(page)


def test_a_failed_run_says_why(open_page: Open, world: World) -> None:
    run = asked(world)
    with transaction() as session:
        why = "“What goes together” failed: KeyError: 'good'"
        advice.notebooks.end(session, run_id=run, file=None, mlflow_run=None, error=why, now=utc_now())
    page = open_page("scientist", "notebooks", run=str(run))
    sound(page)
    assert why in words(page) and not page.get("iframe")


def test_who_asked_and_an_admin_may_stop_a_run(open_page: Open, world: World) -> None:
    run = asked(world)
    assert "Stop it now" not in [b.label for b in open_page("analyst", "notebooks", run=str(run)).button]
    page = open_page("scientist", "notebooks", run=str(run))
    page.button(key="do-stop-run").click().run()
    sound(page)
    assert [each.state for each in every()] == ["stopped"] and "It was stopped before its first cell." in words(page)
    assert "Stopped" in words(open_page("admin", "notebooks"))


def test_an_address_of_no_run_says_so(open_page: Open) -> None:
    page = open_page("admin", "notebooks", run="01900000-0000-7000-8000-000000000000")
    sound(page)
    assert "There is no such run of a notebook" in words(page)
