"""What a real browser does with the account pages: the script under its policy, and the pages without it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.builders import a_market, a_niche
from tests.core.accounts.people import PASSWORD
from tests.peers import serving


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with transaction() as session:
        a_niche(session, utc_now(), name="Roofing")
        a_market(session, utc_now())
    with serving(app) as url:
        yield url


def fill(page: Page, password: str) -> None:
    page.get_by_label("Company", exact=True).fill("Desert Roofing")
    page.get_by_label("Roofing", exact=True).check()
    page.get_by_label("Las-Vegas").check()
    page.get_by_label("Your name").fill("Sam Rivera")
    page.get_by_label("Work e-mail").fill("sam@example.com")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("I accept the terms").check()


def test_advice_appears_while_typing(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/sign-up")
    fill(page, "desert roofing")
    advice = page.locator("#password-advice")
    advice.get_by_text("It contains your company's name").wait_for()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    advice.get_by_text("Very strong.").wait_for()
    page.get_by_role("button", name="Show the password").click()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    assert complaints == []
    page.close()


def test_the_form_works_without_javascript_on_a_phone(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/sign-up")
    fill(page, "desert roofing 1")
    page.get_by_role("button", name="Register").click()
    page.get_by_text("It contains your company's name").wait_for()
    assert page.get_by_label("Company", exact=True).input_value() == "Desert Roofing"
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    context.close()
