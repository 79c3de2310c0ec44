"""The story the product is for: from a stranger's request to the provider who has just been charged for it."""

import re
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import answer_questions, open_page, settled, sign_in, sign_out
from tests.journeys.conftest import Instance

NAME, EMAIL, PHONE = "Journey Tester", "journey.tester@example.net", "(702) 555-0177"
pytestmark = pytest.mark.journey

BUYERS = """
  select u.email, p.company_name, p.id, a.price_cents, t.amount_cents from assignment a
    join contact c on c.id = (select contact_id from lead where id = a.lead_id) and c.email = %s
    join provider p on p.id = a.provider_id join user_account u on u.provider_id = p.id and u.owner
    join transfer t on t.id = a.transfer_id join wallet w on w.account_id = t.debit_account_id and w.provider_id = p.id
   order by a.id"""
BALANCE = "select balance_cents from wallet where provider_id = %s"


LETTER = """
  select m.id, l.id from email_message m join lead l on l.id = m.recipient_id join contact c on c.id = l.contact_id
   where c.email = %s and m.template_key = 'lead_confirmation' and m.status = 'sent'"""


def test_a_request_reaches_a_paying_provider(page: Page, instance: Instance) -> None:
    ask(page)
    letter, lead = instance.wait_for(LETTER, EMAIL)
    sign_in(page, "admin@example.com")
    confirm(page, letter)
    approve(page, lead)
    email, company, provider, price_cents, paid_cents = instance.wait_for(BUYERS, EMAIL)
    assert paid_cents == price_cents > 0
    see_the_run(page, lead, company)
    sign_out(page)
    sign_in(page, email)
    accept(page)
    see_the_balance(page, instance, provider)


def ask(page: Page) -> None:
    """A stranger fills in the form for a home in Las Vegas."""
    page.goto("/request/home-seller")
    answer_questions(page)
    page.get_by_label("ZIP code").fill("89109")
    page.get_by_label("Your name").fill(NAME)
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Phone").fill(PHONE)
    page.locator("#consent").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("mail", re.I))


def confirm(page: Page, letter: UUID) -> None:
    """The admin opens the mail page, where the letter's link works, and follows it."""
    open_page(page, f"/messages?mail={letter}")
    link = page.frame_locator("iframe").first.get_by_role("link", name=re.compile("confirm", re.I)).first
    href = urlsplit(link.get_attribute("href") or "")
    page.goto(f"{href.path}?{href.query}")
    page.get_by_role("button", name=re.compile("confirm", re.I)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("confirmed|thank", re.I))


def approve(page: Page, lead: UUID) -> None:
    """The request waits for review; the key A approves it."""
    open_page(page, f"/review?lead={lead}")
    page.get_by_text(NAME).first.wait_for()
    said = page.get_by_text("Approved. It is being distributed.")

    def pressed() -> bool:
        # The page listens for keys once its own script has loaded, which nothing on it shows.
        if str(lead) in page.url and not said.is_visible():
            page.keyboard.press("a")
        return said.is_visible()

    eventually(pressed, within_s=40, every_s=1.5)


def see_the_run(page: Page, lead: UUID, company: str) -> None:
    """The lead's page tells who got it."""
    open_page(page, f"/leads?lead={lead}&part=Distribution")
    expect(page.get_by_text(company).first).to_be_attached()  # a cell of a table that is drawn, not written


def accept(page: Page) -> None:
    """The provider finds the lead on top of the inbox and accepts it."""
    open_page(page, "/inbox")
    page.get_by_text(re.compile("Journey")).first.click()
    settled(page)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    page.get_by_role("button", name="Accept the lead").click()
    page.get_by_text("Accepted").first.wait_for()


def see_the_balance(page: Page, instance: Instance, provider: UUID) -> None:
    """The wallet's page shows what the charge left; the demo's own history may still be charging the same company."""

    def shown() -> bool:
        open_page(page, "/wallet")
        (cents,) = instance.wait_for(BALANCE, provider)
        return f"${cents // 100:,}.{cents % 100:02d}" in page.get_by_test_id("stMain").inner_text()

    eventually(shown, within_s=180, every_s=1)
