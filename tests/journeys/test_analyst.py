"""An analyst's question: which source brings leads that are worth their price? The answer goes along as a file of sales."""

import csv
import io
import re
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsing import open_page, settled, sign_in
from tests.journeys.conftest import Instance

pytestmark = [pytest.mark.journey, pytest.mark.long]

SOURCES = "select array_agg(name order by name) from source"
READY = """
  select e.id, e.rows_total from export e join user_account u on u.id = e.requested_by
   where u.email = 'analyst@example.com' and e.state = 'ready' and e.requested_at >= %s order by e.id desc limit 1"""
READ = """
  select 1 from audit_entry e join user_account u on u.id = e.actor_id
   where u.email = 'analyst@example.com' and e.action like 'export.%%' order by e.id desc limit 1"""


def test_which_source_is_worth_its_price(page: Page, instance: Instance) -> None:
    instance.wait_for_history()
    sign_in(page, "analyst@example.com")
    compare_sources(page, instance)
    see_what_came_of_them(page)
    rows = take_the_sales_along(page, instance)
    assert {"source", "source_name", "price_cents", "outcome"} <= rows[0].keys() and not {"name", "email", "phone"} & rows[
        0
    ].keys()
    by_source = Counter(row["source_name"] or row["source"] for row in rows)
    won = Counter(row["source_name"] or row["source"] for row in rows if row["outcome"] == "won")
    assert won and won.keys() <= by_source.keys() and len(by_source) > 2, "each sale names where its lead came from"


def compare_sources(page: Page, instance: Instance) -> None:
    """Data quality answers by source: leads, approved, sold, errors, cost of each."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Data quality").click()
    page.get_by_text("Which source is worth its price?").wait_for()
    (names,) = instance.wait_for(SOURCES)
    table = page.get_by_test_id("stDataFrame").first
    expect(table.get_by_text(names[0]).first).to_be_attached()  # cells are drawn, not written
    expect(page.get_by_text("Cost per lead").first).to_be_visible()


def see_what_came_of_them(page: Page) -> None:
    """Reports: where leads get stuck, over a quarter, with the table behind the chart."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Reports").click()
    page.get_by_role("radio", name="90 days").or_(page.get_by_role("button", name="90 days")).first.click()
    expect(page).to_have_url(re.compile("90"))
    settled(page)
    expect(page.get_by_text("Where do leads get stuck?").nth(1)).to_be_visible()
    page.get_by_role("radio", name="What comes in?").or_(page.get_by_role("button", name="What comes in?")).first.click()
    settled(page)
    expect(page.get_by_text("Which niche earns where?").first).to_be_visible()


def take_the_sales_along(page: Page, instance: Instance) -> list[dict[str, str]]:
    """The file is written by a job and fetched with the analyst's own sign-in."""
    (now,) = instance.wait_for("select now()")
    open_page(page, "/exports")
    page.get_by_role("button", name="Ask for a file").click()
    what = page.get_by_role("combobox", name="What")
    what.click()
    page.get_by_role("option", name="Sales", exact=True).click()
    page.get_by_role("button", name="Ask for this file").click()
    page.get_by_text("rows will be written").first.wait_for()
    export, total = instance.wait_for(READY, now)
    there = page.locator(f"a[href*='{export}']").first
    there.wait_for(timeout=20_000)
    answer = page.request.get(there.get_attribute("href") or "")
    assert answer.status == 200
    rows = list(csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff"))))
    assert len(rows) == total > 100
    instance.wait_for(READ)
    return rows
