"""A company's first hour: from the sign-up form to its first accepted lead, paid from its own deposit."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import PASSWORD, open_page, settled, sign_in
from tests.journeys.conftest import Instance
from tests.journeys.steps import Stranger, accept, approve, ask, confirm, follow_letter, letter_to

NEW = uuid4().hex[:8]  # an instance that runs already may have seen this journey before
COMPANY, OWNER = f"Red Rock Offers {NEW}", f"owner.{NEW}@example.com"
WHO = Stranger("Firsthour Seller", f"seller.{NEW}@example.net", f"(702) 555-01{int(NEW, 16) % 100:02d}")
pytestmark = [pytest.mark.journey, pytest.mark.long]

VERIFICATION = """
  select m.id, u.provider_id from email_message m join user_account u on u.id = m.recipient_id
   where u.email = %s and m.template_key = 'verification' and m.status = 'sent'"""
PAID = "select balance_cents from wallet where provider_id = %s and balance_cents > 0"
RECEIVED = """
  select a.price_cents, t.amount_cents from assignment a join transfer t on t.id = a.transfer_id
   where a.provider_id = %s and a.lead_id = %s"""


def test_from_the_sign_up_to_the_first_accepted_lead(page: Page, window: Callable[[], Page], instance: Instance) -> None:
    register(page)
    letter, company = instance.wait_for(VERIFICATION, OWNER)
    admin = window()
    sign_in(admin, "admin@example.com")
    follow_letter(admin, letter, "verify")
    admin.get_by_role("button", name="Yes, this is my address").click()

    sign_in(page, OWNER)
    complete_the_profile(page)
    let_in(admin, company)
    add_money(page)
    instance.wait_for(PAID, company)
    say_what_is_wanted(page)

    ask(window(), WHO)
    letter, lead = letter_to(instance, WHO)
    confirm(admin, letter)
    approve(admin, lead, WHO.name)
    price_cents, paid_cents = instance.wait_for(RECEIVED, company, lead)
    assert price_cents == paid_cents > 0
    accept(page, WHO.name)


def let_in(admin: Page, company: UUID) -> None:
    """The house opens the account."""
    open_page(admin, f"/providers?provider={company}")
    admin.get_by_role("button", name="Activate", exact=True).click()
    admin.get_by_text(f"{COMPANY} is active").first.wait_for()


def register(page: Page) -> None:
    """The public form; nothing else is asked."""
    page.goto("/sign-up")
    page.get_by_label("Company", exact=True).fill(COMPANY)
    page.get_by_label("Home seller").check()
    page.get_by_label("Las Vegas").check()
    page.get_by_label("Your name").fill("Robin First")
    page.get_by_label("Work e-mail").fill(OWNER)
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.get_by_label(re.compile("I accept the terms")).check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("mail", re.I))


def complete_the_profile(page: Page) -> None:
    """What an administrator wants to know before leads are sold."""
    open_page(page, "/settings")
    page.get_by_label("Phone").fill("(702) 555-0123")
    page.get_by_label("Website").fill("https://redrockcash.example.com")
    page.get_by_label("About your company").fill("We buy houses in Las Vegas as they stand.")
    page.get_by_role("button", name="Save the profile").click()
    page.get_by_text("The profile is complete").first.wait_for()


def add_money(page: Page) -> None:
    """The smallest pack that pays for all levels, by card, on the page of the demo's card company."""
    open_page(page, "/wallet?wallet=Add+money")
    page.locator("[class*=st-key-pay-stripe-]").nth(2).get_by_role("button").click()
    there = page.get_by_role("link", name=re.compile("Go to"))
    there.wait_for()
    page.goto(there.get_attribute("href") or "")
    page.get_by_role("button", name=re.compile("pay", re.I)).first.click()
    page.wait_for_load_state()


def say_what_is_wanted(page: Page) -> None:
    """Where, and at every level: a company that has received nothing yet is first in each line."""
    open_page(page, "/subscriptions?subs=Areas")
    chooser = page.get_by_role("combobox", name="Market")
    chooser.click()
    page.get_by_role("option", name="Las Vegas, NV").click()
    settled(page)
    page.get_by_role("button", name="Add the market").click()
    page.get_by_text("Las Vegas is added").first.wait_for()
    open_page(page, "/subscriptions?niche=Home+seller")
    waiting = page.get_by_role("button", name=re.compile("Subscribe to"))
    waiting.first.wait_for()
    while left := waiting.count():
        waiting.first.click()
        eventually(lambda left=left: waiting.count() < left)
        settled(page)
