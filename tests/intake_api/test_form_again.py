"""A form that comes back: put right as often as it takes, sent too often, and for the place that it was opened for."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from core.kit import clock
from core.kit.db import transaction
from core.markets import Market
from tests.core.leads.world import World, a_world
from tests.intake_api.test_pages import GOOD, SCHEMA, Page


@pytest.fixture
def world(database: Engine) -> World:
    with transaction() as session:
        return a_world(session, clock.utc_now(), slug="roofing", name="Roofing", schema=SCHEMA)


def test_putting_answers_right_is_no_submission_and_too_many_lose_nothing(client: FlaskClient, world: World) -> None:
    """A mailbox may send five requests an hour (SPEC 1.7); what was refused sent it no mail."""
    for _ in range(8):
        assert client.post("/request/roofing", data=GOOD | {"zip": "8910"}).status_code == 422
    assert [client.post("/request/roofing", data=GOOD).status_code for _ in range(5)] == [303] * 5
    answer = client.post("/request/roofing?market=las-vegas", data=GOOD)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 60
    for words in ("It was not sent", "Too many tries. Please wait", "all that you filled in is still here", "Two leaks."):
        assert words in answer.text
    page = Page(answer.text)
    page.check()
    filled = {str(c["name"]): c.get("value") for c in page.controls}
    assert (filled["email"], filled["f.size"], filled["zip"]) == ("pat@example.com", "1,200", "89109")


def test_a_form_with_a_mistake_still_says_for_where(client: FlaskClient, world: World) -> None:
    with transaction() as session:
        market = session.get_one(Market, world.market.id)
        slug, name = market.slug, market.name
    for answer in (
        client.get(f"/request/roofing?market={slug}"), client.post("/request/roofing", data=GOOD | {"zip": "", "market": slug})
    ):  # fmt: skip
        assert f"Roofing request in {name}" in answer.text
