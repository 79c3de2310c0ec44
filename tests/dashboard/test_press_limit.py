"""Presses on pages count against their user's limit; reading a page, however often, does not (SPEC 1.7)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import leads, returns
from core.kit import limits, redis
from core.kit.db import transaction
from core.kit.errors import TooMany
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


def counted(rule: str, user: UUID) -> int:
    """How many calls a window and the one before it have seen."""
    seen = redis.redis().hgetall(f"limit:{rule}:{user}")
    held = {key.decode() if isinstance(key, bytes) else key: float(value) for key, value in seen.items()}
    return int(held.get("count", 0) + held.get("before", 0))


def used_up(rule: str, user: UUID) -> None:
    """As after far too many calls: no room in this window, nor in the next one, should it begin meanwhile."""
    seconds, _ = redis.redis().time()
    redis.redis().hset(f"limit:{rule}:{user}", mapping={"window": seconds // 60, "count": 100_000, "before": 0})


def status(lead: UUID) -> Any:
    with transaction() as session:
        return session.execute(text("select status from lead where id = :id"), {"id": lead}).scalar_one()


def said(page: Any) -> str:
    return " ".join(toast.value for toast in page.toast)


PAGES = [(path, {}) for path in ("", "review", "leads", "operations", "reports", "bad-leads", "audit")]


def test_drawing_pages_and_their_live_parts_counts_nothing(open_page: Open, world: World) -> None:
    for path, query in PAGES:
        page = open_page("admin", path, **query)
        for _ in range(2):
            page.run()
        sound(page)
    for path in ("", "inbox", "marketplace", "subscriptions", "wallet"):
        sound(open_page("provider", path))
    assert (counted("user", world.users["admin"]), counted("user", world.users["provider"])) == (0, 0)


def test_a_press_counts_once_beside_the_calls_of_the_api(open_page: Open, world: World) -> None:
    admin = world.users["admin"]
    limits.hit_all([("user", (str(admin),))])  # as a call of theirs by API
    page = open_page("admin", "review", lead=str(world.waiting[0]))
    page.button(key="approve").click().run()
    assert said(page) == "Approved. It is being distributed."
    assert (counted("user", admin), counted("bulk", admin)) == (2, 0)


def test_too_many_presses_are_refused_in_words_and_reading_goes_on(open_page: Open, world: World) -> None:
    lead, admin = world.waiting[1], world.users["admin"]
    used_up("user", admin)
    page = open_page("admin", "review", lead=str(lead))
    page.button(key="approve").click().run()
    sound(page)
    assert said(page).startswith("Too many tries. Please wait ") and status(lead) == "pending_approval"
    for path, query in PAGES:
        drawn = open_page("admin", path, **query)
        sound(drawn)
        assert "Too many" not in words(drawn)
    redis.redis().delete(f"limit:user:{admin}")
    page.button(key="approve").click().run()
    assert said(page) == "Approved. It is being distributed." and status(lead) == "approved"


def test_a_form_says_beside_its_fields_that_it_was_too_much(open_page: Open, world: World) -> None:
    page = open_page("admin", "providers", provider=str(world.provider), part="Wallet")
    used_up("user", world.users["admin"])
    next(field for field in page.text_input if field.label == "Amount").set_value("$12.50")
    next(field for field in page.text_input if field.label == "Memo").set_value("A credit in a test")
    next(button for button in page.button if button.label == "Credit this amount").click().run()
    assert "Too many tries. Please wait " in words(page)
    with transaction() as session:
        moved = "select count(*) from transfer where memo = 'A credit in a test'"
        assert session.execute(text(moved)).scalar_one() == 0


def test_somebody_elses_presses_are_theirs(open_page: Open, world: World) -> None:
    used_up("user", world.users["admin"])
    page = open_page("provider", "inbox", lead=str(world.assignment))
    page.button(key="accept").click().run()
    assert said(page) == "Accepted. Good luck with the call."


@pytest.mark.parametrize("verb", [leads.bulk, returns.bulk])
def test_many_at_once_have_their_own_limit_too(world: World, verb: Any) -> None:
    admin = str(world.users["admin"])
    used_up("bulk", world.users["admin"])
    with pytest.raises(TooMany):
        limits.hit_by_press(verb, admin)
    assert counted("user", world.users["admin"]) == 0, "a refused press counts against no rule"
    limits.hit_by_press(leads.approve, admin)
    assert counted("user", world.users["admin"]) == 1
