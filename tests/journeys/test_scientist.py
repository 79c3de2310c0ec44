"""A data scientist's first retraining: a notebook run from the page, a version trained, compared, promoted and taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import open_page, settled, sign_in
from tests.journeys.conftest import Instance

pytestmark = [pytest.mark.journey, pytest.mark.long]

LATEST = "select coalesce(max(number), 0) from model_version where model = 'quality'"
NEWER = "select number from model_version where model = 'quality' and number > %s order by number desc limit 1"
CHANGES = "select count(*) from model_change where model = 'quality'"
RUN = """
  select r.state, r.error from notebook_run r join user_account u on u.id = r.asked_by
   where u.email = 'scientist@example.com' and r.state in ('done', 'failed') order by r.id desc limit 1"""


def test_from_a_notebook_to_a_decision(page: Page, instance: Instance) -> None:
    instance.wait_for_history()
    sign_in(page, "scientist@example.com")
    read_a_notebook(page, instance)
    number = train(page, instance)
    decide(page, instance, number)


def read_a_notebook(page: Page, instance: Instance) -> None:
    """The study behind the model, with settings of one's own, run by a worker and read on the page."""
    open_page(page, "/notebooks?notebook=Quality")
    page.get_by_role("button", name="Run this notebook").click()
    page.get_by_text("A worker runs it").first.wait_for()
    assert instance.wait_for(RUN, within_s=600) == ("done", None)
    page.locator("[class*=st-key-open-] button").first.click()
    said = page.frame_locator("iframe[src*='/notebook-runs/']")
    expect(said.get_by_role("heading").first).to_be_attached(timeout=60_000)


def train(page: Page, instance: Instance) -> int:
    """A new version, made from the exchange's own history by a job that tells its steps."""
    (before,) = instance.wait_for(LATEST)
    open_page(page, "/models?model=Quality")
    page.get_by_role("button", name="Train now").click()
    (number,) = instance.wait_for(NEWER, before, within_s=300)
    return int(number)


def decide(page: Page, instance: Instance, number: int) -> None:
    """Compared with what is in use on the same leads, promoted with a reason where it asks for one, and taken back."""
    (before,) = instance.wait_for(CHANGES)
    open_page(page, "/models?model=Quality")
    chooser = page.get_by_role("combobox", name="Candidate")
    if chooser.input_value() != f"quality-{number}":
        chooser.click()
        page.get_by_role("option", name=f"quality-{number}").click()
        settled(page)
    page.get_by_role("button", name="Compare").click()
    promote = page.get_by_role("button", name=re.compile("^Promote"))
    promote.first.wait_for(timeout=120_000)
    reason = page.get_by_role("textbox", name=re.compile("why|reason", re.I))
    if reason.count():
        reason.first.fill("A first version, to see what it does to the queue; it goes back at noon.")
        reason.first.press("Tab")
        settled(page)
    promote.first.click()
    eventually(lambda: instance.wait_for(CHANGES) != (before,), within_s=60)
    expect(page.get_by_text(f"quality-{number} in use").first).to_be_visible()
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("button", name="Roll back now").click()
    page.get_by_text(re.compile("in use again")).first.wait_for()
