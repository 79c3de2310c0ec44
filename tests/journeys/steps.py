"""A lead's way from a stranger's form to a company's inbox, a step each; every journey takes those that it needs."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import answer_questions, open_page, settled
from tests.journeys.conftest import Instance

LETTER = """
  select m.id, l.id from email_message m join lead l on l.id = m.recipient_id join contact c on c.id = l.contact_id
   where c.email = %s and m.template_key = 'lead_confirmation' and m.status = 'sent'"""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who asks for something."""

    name: str
    email: str
    phone: str


def ask(page: Page, who: Stranger, *, niche: str = "home-seller") -> None:
    """A stranger fills in the form for a home in Las Vegas."""
    page.goto(f"/request/{niche}")
    answer_questions(page)
    page.get_by_label("ZIP code").fill("89109")
    page.get_by_label("Your name").fill(who.name)
    page.get_by_role("textbox", name="E-mail").fill(who.email)
    page.get_by_role("textbox", name="Phone").fill(who.phone)
    page.locator("#consent").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("mail", re.I))


def letter_to(instance: Instance, who: Stranger) -> tuple[UUID, UUID]:
    """The letter that asks for a confirmation, and the lead it is about."""
    letter, lead = instance.wait_for(LETTER, who.email)
    return letter, lead


def follow_letter(page: Page, letter: UUID, link: str) -> None:
    """The admin opens the mail page, where the letter's link works, and follows it."""
    open_page(page, f"/messages?mail={letter}")
    found = page.frame_locator("iframe").first.get_by_role("link", name=re.compile(link, re.I)).first
    href = urlsplit(found.get_attribute("href") or "")
    page.goto(f"{href.path}?{href.query}")


def confirm(page: Page, letter: UUID) -> None:
    """The request is confirmed by the link of its letter."""
    follow_letter(page, letter, "confirm")
    page.get_by_role("button", name=re.compile("confirm", re.I)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("confirmed|thank", re.I))


def approve(page: Page, lead: UUID, name: str) -> None:
    """The request waits for review; the key A approves it."""
    open_page(page, f"/review?lead={lead}")
    page.get_by_text(name).first.wait_for()
    said = page.get_by_text("Approved. It is being distributed.")

    def pressed() -> bool:
        # The page listens for keys once its own script has loaded, which nothing on it shows.
        if str(lead) in page.url and not said.is_visible():
            page.keyboard.press("a")
        return said.is_visible()

    eventually(pressed, within_s=40, every_s=1.5)


def accept(page: Page, name: str) -> None:
    """The provider finds the lead on top of the inbox and accepts it."""
    open_page(page, "/inbox")
    page.get_by_text(re.compile(name.split()[0])).first.click()
    settled(page)
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("button", name="Accept the lead").click()
    page.get_by_text("Accepted").first.wait_for()
