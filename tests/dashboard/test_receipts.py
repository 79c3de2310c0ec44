"""The receipt of a purchase wherever its money shows, and the company's ceilings in its wallet (SPEC 9.2, 10.1)."""

from uuid import UUID

import pytest

from core import marketplace
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.marketplace import NotBought
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.test_marketplace import _nothing_held, buyer, held_by, html, listed  # noqa: F401
from tests.dashboard.test_wallet import fill, press
from tests.dashboard.world import World


def purchase(world: World) -> UUID:
    """A lead bought on the marketplace; the id of its assignment."""
    held_by(world, listed(world))
    with transaction() as session:
        done = marketplace.checkout(session, actor=buyer(world), idempotency_key=str(utc_now()), now=utc_now())
    return done.assignment_ids[0]


def test_the_books_keep_the_lines_that_made_a_price(world: World) -> None:
    sale = purchase(world)
    admin = Actor(world.users["admin"], "admin", None)
    with transaction() as session:
        mine = marketplace.bought(session, actor=buyer(world), assignment_id=sale)
        assert marketplace.bought(session, actor=admin, assignment_id=sale) == mine
        of_level = marketplace.bought(session, actor=buyer(world), assignment_id=world.assignment)
        rival = builders.a_provider(session, utc_now(), company_name="Rival Roofs")
        person = builders.a_user(session, utc_now(), role="provider", provider_id=rival.id)
        with pytest.raises(NotBought):
            marketplace.bought(session, actor=Actor(person.id, "provider", rival.id), assignment_id=sale)
    assert sum(line.cents for line in mine.lines) == mine.price_cents and mine.lines[0].key == "going_rate"
    assert [(line.label, line.cents) for line in of_level.lines] == [("One lead at Shared", of_level.price_cents)]


def test_the_inbox_tells_why_a_purchase_cost_what_it_did(open_page: Open, world: World) -> None:
    sale = purchase(world)
    page = open_page("provider", "inbox", lead=str(sale))
    sound(page)
    assert "Going rate of the niche" in html(page) and "Paid" in html(page)


@pytest.mark.parametrize("role", ["provider", "admin"])
def test_a_line_of_the_wallet_opens_its_receipt(open_page: Open, world: World, role: str) -> None:
    purchase(world)
    more = {"wallet": "Balance"} if role == "provider" else {"provider": str(world.provider), "part": "Wallet"}
    page = open_page(role, "wallet" if role == "provider" else "providers", **more)
    page.session_state["movements"] = {"selection": {"rows": [0], "columns": []}}
    page.run()
    sound(page)
    assert "picked on the marketplace" in words(page) and "Going rate of the niche" in html(page)


def test_ceilings_are_set_in_the_wallet(open_page: Open, world: World) -> None:
    page = open_page("provider", "wallet", wallet="Ceilings")
    sound(page)
    assert "no ceiling" in words(page)
    fill(page, Per_day="$100", Per_month="$900")
    press(page, "Save the ceilings")
    assert said(page) == "The ceilings are saved."
    kept = one("select day_cents, month_cents from spend_ceiling where provider_id = :p", p=world.provider)
    assert (kept.day_cents, kept.month_cents) == (10_000, 90_000)
