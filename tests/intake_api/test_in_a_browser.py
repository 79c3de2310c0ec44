"""The public pages in a real Chromium: open to everybody (WCAG 2.2 AA), light, and usable without script."""

from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import Engine, select, text

from core import distribution, leads
from core.kit import clock
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.niches import CompetitionLevel, seed_launch_niches
from tests import builders
from tests.axe import in_every_look
from tests.core.accounts.people import PASSWORD, a_person
from tests.core.leads.world import World, a_world
from tests.journeys.browsing import answer_questions
from tests.peers import serving
from tests.queued import mails

PHONE = {"width": 390, "height": 844}
BUDGET_BYTES = 100_000
DONE = "Thank you, it is confirmed"
NICHES = ("home-seller", "home-buyer", "roofing", "hvac")


@pytest.fixture
def world(database: Engine) -> World:
    with transaction() as session:
        seed_launch_niches(session, now=clock.utc_now())
        return a_world(session, clock.utc_now())


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    with serving(app) as url:
        yield url


def send(page: Page, address: str) -> None:
    """Fill in the form for a home and send it."""
    page.goto(f"{address}/request/home-seller")
    answer_questions(page)
    page.get_by_label("ZIP code").fill("89109")
    page.get_by_label("Your name").fill("Pat Example")
    page.get_by_role("textbox", name="E-mail").fill("pat@example.com")
    page.get_by_role("textbox", name="Phone").fill("702 234 8891")
    page.locator("#consent").check()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_role("heading", name="Now check your e-mail").wait_for()


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sold_to_two() -> str:
    """The code of the request's own page, once it is approved and two companies have it."""
    now = clock.utc_now()
    with transaction() as session:
        lead, niche_id = session.execute(text("select id, niche_id from lead")).one()
        leads.approve(session, actor=SYSTEM, lead_id=lead, now=now)
        level = session.scalars(select(CompetitionLevel).filter_by(niche_id=niche_id, max_recipients=2)).one()
        for name in ("Ann Homes", "Bob Homes"):
            builders.a_subscription(session, now, builders.a_provider(session, now, company_name=name), level)
        turn = distribution.claim_turn(session, lead_id=lead, actor=SYSTEM, now=now)
        assert distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now).assigned == 2
    return leads.my_request_code(lead)


def link_of_the_letter() -> str:
    """The path in the confirmation letter."""
    with transaction() as session:
        return str(mails(session, "lead_confirmation")[-1]["link"]).split("/", 3)[3]


def test_the_way_of_a_request_is_open_to_everybody(chromium: Browser, address: str) -> None:
    """From the front page to the consumer's own page with who has the data, all taken back, and erased."""
    page, found = chromium.new_page(), list[str]()

    def look() -> None:
        found.extend(in_every_look(page))

    for path in ("/start", *(f"/request/{slug}" for slug in NICHES), "/request/nothing"):
        page.goto(address + path)
        look()
    page.goto(f"{address}/request/home-seller")
    page.locator("form").first.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    page.locator("[aria-invalid=true]").first.wait_for()
    look()
    send(page, address)
    look()
    for link in (link_of_the_letter(), "confirm?token=unknown"):
        page.goto(f"{address}/{link}")
        look()
    page.goto(f"{address}/{link_of_the_letter()}")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name=DONE).wait_for()
    look()
    page.goto(f"{address}/{link_of_the_letter()}")
    look()
    page.goto(f"{address}/my-request/{sold_to_two()}")
    page.get_by_text("Ann Homes").wait_for()
    look()
    page.get_by_role("button", name="Take my consent back").click()
    page.get_by_text("Taken back").wait_for()
    look()
    page.get_by_label("I want all of it erased").check()
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_text("Your details are no longer kept with this request.").wait_for()
    look()
    page.close()
    assert found == []


def test_the_account_pages_are_open_to_everybody(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page, found = context.new_page(), list[str]()

    def look() -> None:
        page.get_by_role("heading").first.wait_for()
        found.extend(in_every_look(page))

    for path in ("/sign-in", "/sign-up", "/forgot", "/verify?token=unknown", "/reset?token=unknown", "/api/docs"):
        page.goto(address + path)
        look()
    with transaction() as session:
        user = a_person(session, clock.utc_now(), role="analyst")
    sign_in(page, address, user.email)
    page.get_by_role("heading", name="Protect your account").wait_for()
    look()
    page.locator("#code").fill("123")
    page.get_by_role("button", name="Switch it on").click()
    page.locator("[aria-invalid=true]").wait_for()
    look()
    page.get_by_text("Type the key instead").click()
    secret = page.locator("code.key").inner_text().replace(" ", "")
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    page.locator(".codes").wait_for()
    look()
    page.goto(f"{address}/second-factor")
    look()
    context.clear_cookies()
    sign_in(page, address, user.email)
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_text("I don't have my phone").click()
    look()
    context.close()
    assert found == []


def test_the_form_works_without_script(chromium: Browser, address: str, database: Engine) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    send(page, address)
    page.goto(f"{address}/{link_of_the_letter()}")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name=DONE).wait_for()
    context.close()
    with database.connect() as connection:
        assert connection.execute(text("select status from lead")).scalar_one() == "pending_approval"


@pytest.mark.parametrize("slug", NICHES)
def test_a_form_weighs_less_than_its_budget(chromium: Browser, address: str, slug: str) -> None:
    context = chromium.new_context(viewport=PHONE)
    page, answers = context.new_page(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{address}/request/{slug}", wait_until="networkidle")
    weights = {answer.url.removeprefix(address): len(answer.body()) for answer in answers}
    context.close()
    assert f"/request/{slug}" in weights and sum(weights.values()) < BUDGET_BYTES, weights
