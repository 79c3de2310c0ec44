"""An administrator's morning: what waits on Today is done where its card leads, and the trail knows."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import open_page, settled, sign_in
from tests.journeys.conftest import Instance

pytestmark = [pytest.mark.journey, pytest.mark.long]

CLAIM = "select id from claim where status in ('pending', 'appealed') order by due_at limit 1"
PAID_BACK = "select 1 from claim c join refund r using (assignment_id) where c.id = %s and c.status = 'approved'"
QUESTION = "select id from support_request order by (status = 'open') desc, id desc limit 1"
ANSWERED = "select 1 from support_request where id = %s and status = 'answered'"
PENDING = (
    "select id, company_name from provider where status = 'pending' and profile_completed_at is not null order by id limit 1"
)
ACTIVE = "select 1 from provider where id = %s and status = 'active'"
# The listener takes a key at once or leaves it to others, so nothing has to be waited for.
TAKEN = """() => !document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true, cancelable: true }))"""
ON_SALE = "select lead_id from on_sale order by lead_id desc limit 1"


def test_what_waits_is_done_and_the_trail_knows(page: Page, instance: Instance) -> None:
    instance.wait_for_history()
    sign_in(page, "admin@example.com")
    expect(page.get_by_text(re.compile("leads? to review")).first).to_be_visible()
    expect(page.get_by_text("The day so far").first).to_be_visible()
    pay_back(page, instance)
    answer(page, instance)
    let_a_company_in(page, instance)
    see_who_would_receive(page, instance)
    choose_whether_keys_press_buttons(page)
    prove_it(page)


def by_card(page: Page, words: str) -> None:
    """From Today by the card that says so."""
    open_page(page, "/")
    card = page.locator("[data-testid=stVerticalBlock]").filter(has_text=re.compile(words)).filter(has_text="Open").last
    card.get_by_role("link", name="Open").click()
    page.wait_for_url(lambda url: url.rstrip("/").count("/") > 2)
    settled(page)


def pay_back(page: Page, instance: Instance) -> None:
    """The report whose clock runs out first is upheld, and its price paid back."""
    (claim,) = instance.wait_for(CLAIM)
    by_card(page, "reports? (overdue|of bad leads)")
    open_page(page, f"/bad-leads?claim={claim}")
    page.get_by_text("Did they get it?").wait_for()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Uphold this report").or_(page.get_by_role("button", name="Approve and credit")).click()
    page.get_by_text("Credited.").first.wait_for()
    instance.wait_for(PAID_BACK, claim)


def answer(page: Page, instance: Instance) -> None:
    """A company asked something; the answer goes out by mail."""
    (question,) = instance.wait_for(QUESTION)
    open_page(page, f"/support?request={question}")
    page.get_by_role("textbox", name="Answer").fill("Your receipt is under Wallet, Statements, as a page to print.")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("Answered by mail.").first.wait_for()
    instance.wait_for(ANSWERED, question)


def let_a_company_in(page: Page, instance: Instance) -> None:
    """A profile is complete; its company may buy from now on."""
    company, name = instance.wait_for(PENDING)
    by_card(page, "providers? to activate")
    open_page(page, f"/providers?provider={company}")
    page.get_by_role("button", name="Activate", exact=True).click()
    page.get_by_text(f"{name} is active").first.wait_for()
    instance.wait_for(ACTIVE, company)


def see_who_would_receive(page: Page, instance: Instance) -> None:
    """A run that charges nobody, with its reasons."""
    (lead,) = instance.wait_for(ON_SALE)
    open_page(page, f"/leads?lead={lead}&part=Distribution")
    page.get_by_role("button", name="Simulate a run").click()
    expect(page.get_by_test_id("stMain").get_by_text(re.compile("would", re.I)).nth(1)).to_be_visible()


def choose_whether_keys_press_buttons(page: Page) -> None:
    """Single keys can be switched off by whoever talks to the browser (WCAG 2.1.4), and on again."""
    for wanted in (False, True):
        open_page(page, "/account")
        box = page.get_by_role("checkbox", name="Single keys press the buttons")
        expect(box).to_be_checked(checked=not wanted)
        box.set_checked(wanted)
        open_page(page, "/review")
        page.locator(".st-key-approve button").first.wait_for()
        if wanted:
            eventually(lambda: page.evaluate(TAKEN), within_s=20)
        else:
            assert not page.evaluate(TAKEN)


def prove_it(page: Page) -> None:
    """The trail has what was done this morning, and verifies."""
    open_page(page, "/audit")
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("Everything is as it should be").first.wait_for(timeout=120_000)
