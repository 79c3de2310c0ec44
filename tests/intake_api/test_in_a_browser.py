"""The public pages in a real Chromium: open to everybody (WCAG 2.2 AA), light, and usable without script."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from core.kit import clock
from core.kit.db import transaction
from core.niches import seed_launch_niches
from tests.axe import barriers
from tests.core.leads.world import World, a_world, mails
from tests.journeys.browsing import answer_questions

PHONE = {"width": 390, "height": 844}
BUDGET_BYTES = 100_000
DONE = "Thank you, it is confirmed"


@pytest.fixture
def world(database: Engine) -> World:
    with transaction() as session:
        seed_launch_niches(session, now=clock.utc_now())
        return a_world(session, clock.utc_now())


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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


def link_of_the_letter() -> str:
    """The path in the confirmation letter."""
    with transaction() as session:
        return str(mails(session, "lead_confirmation")[-1]["link"]).split("/", 3)[3]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_of_a_request_is_open_to_everybody(chromium: Browser, address: str, scheme: str) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    page, found = context.new_page(), list[str]()
    for path in ("/start", "/request/roofing", "/request/nothing"):
        page.goto(address + path)
        found += barriers(page)
    page.goto(f"{address}/request/home-seller")
    page.locator("form").first.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    page.locator("[aria-invalid=true]").first.wait_for()
    found += barriers(page)
    send(page, address)
    found += barriers(page)
    for link in (link_of_the_letter(), "confirm?token=unknown"):
        page.goto(f"{address}/{link}")
        found += barriers(page)
    page.goto(f"{address}/{link_of_the_letter()}")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name=DONE).wait_for()
    found += barriers(page)
    page.goto(f"{address}/{link_of_the_letter()}")
    found += barriers(page)
    context.close()
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_account_pages_are_open_to_everybody(chromium: Browser, address: str, scheme: str) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    page, found = context.new_page(), list[str]()
    for path in ("/sign-in", "/sign-up", "/forgot", "/verify?token=unknown", "/reset?token=unknown", "/api/docs"):
        page.goto(address + path)
        page.get_by_role("heading").first.wait_for()
        found += barriers(page)
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


@pytest.mark.parametrize("slug", ["home-seller", "home-buyer", "roofing", "hvac"])
def test_a_form_weighs_less_than_its_budget(chromium: Browser, address: str, slug: str) -> None:
    context = chromium.new_context(viewport=PHONE)
    page, answers = context.new_page(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{address}/request/{slug}", wait_until="networkidle")
    weights = {answer.url.removeprefix(address): len(answer.body()) for answer in answers}
    context.close()
    assert f"/request/{slug}" in weights and sum(weights.values()) < BUDGET_BYTES, weights
