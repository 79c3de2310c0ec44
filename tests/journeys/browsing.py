"""What a person does at a page, in words."""

import re

from playwright.sync_api import Page, expect

from tests.eventually import eventually

PASSWORD = "lantern-Quartz-meadow-42"


def settled(page: Page) -> None:
    """Wait until the page has drawn what was asked of it."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def open_page(page: Page, path: str) -> None:
    page.goto(path)
    settled(page)


def sign_in(page: Page, email: str) -> None:
    """With the password and, where the role needs it, the code that the demo shows."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if "second-factor" in page.url:
        eventually(SecondFactor(page).passed, within_s=90, every_s=2)
    settled(page)


class SecondFactor:
    """The code that the demo shows; one that another journey has used a moment ago is refused, so the next one is awaited."""

    def __init__(self, page: Page) -> None:
        self.page, self.tried = page, ""

    def passed(self) -> bool:
        shown = re.sub(r"\D", "", self.page.locator("output.code").inner_text())
        if shown == self.tried:
            self.page.goto(self.page.url)
            return False
        self.tried = shown
        self.page.locator("#code").fill(shown)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        return "second-factor" not in self.page.url


def sign_out(page: Page) -> None:
    page.goto("/sign-out")
    page.get_by_role("button", name=re.compile("sign out", re.I)).click()
    expect(page).to_have_url(re.compile("sign-in|start"))


def answer_questions(page: Page) -> None:
    """Answer everything the form asks, each question with its first sensible answer."""
    for chooser in page.locator("main select").all():
        chooser.select_option(index=1)
    for group in page.locator("fieldset.field:has(input[type=radio])").all():
        group.locator("input[type=radio]").first.check()
    for number in page.locator(
        "main input[required][inputmode=decimal], main input[required][inputmode=numeric]:not(#zip)"
    ).all():
        number.fill("3")
    for words in page.locator("main textarea").all():
        words.fill("The house stands empty since spring; we would like to be done before the holidays.")
