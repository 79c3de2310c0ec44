"""What was merged on arrival: side by side, set apart, and what is told instead (SPEC 8.4)."""

from uuid import UUID

from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.core.sourcing.arrivals import JUNIOR, SENIOR, twins_of_a_file
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World

ARRIVALS = {"which": "Merged on arrival"}


def bring(world: World, *people: dict[str, str]) -> UUID:
    with transaction() as session:
        return twins_of_a_file(session, utc_now(), Actor(world.users["admin"], "admin"), world.niche, people=people)


def told_beside(page: AppTest) -> str:
    return " ".join(str(one.value) for one in page.get("html"))


def test_without_any_it_says_what_comes_here(open_page: Open) -> None:
    page = open_page("analyst", "duplicates", **ARRIVALS)
    sound(page)
    assert "Nothing was merged on arrival" in words(page)


def test_an_analyst_sees_both_sides_masked_and_an_admin_sets_them_apart(open_page: Open, world: World) -> None:
    source_id = bring(world, SENIOR, JUNIOR)
    page = open_page("analyst", "duplicates", **ARRIVALS)
    sound(page)
    assert "j•••@other.example.com" in told_beside(page) and JUNIOR["email"] not in told_beside(page)
    assert "by likeness" in words(page) and "Administrators can say" in words(page)
    assert not [one for one in page.button if one.key == "set-apart"]

    page = open_page("admin", "duplicates", **ARRIVALS)
    sound(page)
    assert JUNIOR["email"] in told_beside(page) and SENIOR["email"] in told_beside(page)
    assert "gets a request of its own" in words(page)
    page.button(key="set-apart").click().run()
    sound(page)
    assert "Nothing was merged on arrival" in words(page)
    with transaction() as session:
        founders = text("select count(*) from source_record where founder and source_id = :id")
        assert session.execute(founders, {"id": source_id}).scalar_one() == 2
    page = open_page("admin", "duplicates", which="Decided")
    assert "Kept apart" in words(page), "the way back is where those of other decisions are"


def test_the_same_mailbox_is_told_and_offers_nothing(open_page: Open, world: World) -> None:
    first = {
        "name": "Bram Okafor",
        "email": "bram@example.com",
        "phone": "+17022340077",
        "street": "77 Quarry Rd",
        "zip": "89109",
    }
    bring(world, first, first | {"name": "Ada Quill", "phone": "+17022340088", "street": "9 Elm Rd"})
    page = open_page("admin", "duplicates", **ARRIVALS)
    sound(page)
    assert "The same by its keys" in words(page) and "the e-mail address b•••@example.com in common" in words(page)
    assert not [one for one in page.button if one.key == "set-apart"]
