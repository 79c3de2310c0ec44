"""Every page, as everybody who has it in the menu: it opens, says what it is for, and breaks nothing."""

from importlib import import_module

import pytest

from dashboard import navigation
from tests.dashboard.conftest import Open, sound
from tests.dashboard.world import ROLES, World


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_opens(open_page: Open, role: str) -> None:
    for entry in navigation.pages_of(role):
        page = open_page(role, entry.path)
        sound(page)
        assert page.title, entry.path
        assert not page.error, entry.path


@pytest.mark.parametrize("entry", navigation.PAGES, ids=lambda entry: entry.path)
def test_every_entry_of_the_menu_has_its_page(entry: navigation.Entry) -> None:
    assert callable(import_module(f"dashboard.{entry.module}").show)
    assert set(entry.roles) <= set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_one_front_page(role: str) -> None:
    assert sum(entry.default for entry in navigation.pages_of(role)) == 1


@pytest.mark.parametrize(("role", "path"), [("provider", "users"), ("scientist", "audit"), ("admin", "cart")])
def test_a_page_of_another_role_says_so_and_shows_nothing(open_page: Open, role: str, path: str) -> None:
    page = open_page(role, path)
    assert page.title[0].value == "Not one of your pages" and not page.dataframe and not page.metric


def test_details_open_from_their_address(open_page: Open, world: World) -> None:
    lead, letter = str(world.waiting[0]), str(world.letter)
    expected = {
        ("admin", "leads", "lead", lead): "Roofing, Las Vegas, 89109",
        ("analyst", "leads", "lead", lead): "Roofing, Las Vegas, 89109",
        ("admin", "messages", "mail", letter): "Messages",
        ("admin", "providers", "provider", str(world.provider)): "Desert Roofing LLC",
        ("provider", "inbox", "lead", str(world.assignment)): "Inbox",
        ("provider", "subscriptions", "sub", str(world.subscription)): "Subscriptions",
    }
    for (role, path, key, value), title in expected.items():
        page = open_page(role, path, **{key: value})
        sound(page)
        assert page.title[0].value == title


@pytest.mark.parametrize(
    ("role", "path", "key", "tabs"),
    [
        ("admin", "operations", "ops", ["Now", "Dead letters", "Schedules", "Upkeep", "Checks", "Settings"]),
        ("admin", "niches", "niche-part", ["Form", "Levels", "Settings", "Filters"]),
        ("admin", "messages", "messages", ["Letters", "Templates", "Suppressed"]),
        ("provider", "settings", "settings", ["Company", "Team", "Mail", "Security"]),
        ("provider", "subscriptions", "subs", ["Levels", "Areas"]),
    ],
)
def test_tabs_open_from_their_address(open_page: Open, role: str, path: str, key: str, tabs: list[str]) -> None:
    for tab in tabs:
        sound(open_page(role, path, **{key: tab}))


@pytest.mark.parametrize("part", ["Profile", "Wallet", "Subscriptions", "Areas", "Activity"])
def test_parts_of_a_provider(open_page: Open, world: World, part: str) -> None:
    sound(open_page("admin", "providers", provider=str(world.provider), part=part))
    sound(open_page("analyst", "providers", provider=str(world.provider), part=part))


@pytest.mark.parametrize(
    ("path", "key"),
    [("leads", "lead"), ("providers", "provider"), ("messages", "mail"), ("inbox", "lead"), ("subscriptions", "sub")],
)
@pytest.mark.parametrize("value", ["not-an-id", "01a20213-8ed2-7185-915b-50e26978e0ea"])
def test_bad_addresses_are_told_in_words(open_page: Open, path: str, key: str, value: str) -> None:
    role = "provider" if path in ("inbox", "subscriptions") else "admin"
    sound(open_page(role, path, **{key: value}))


def test_contact_data_is_masked_for_analysts(open_page: Open, world: World) -> None:
    for role, seen in (("admin", True), ("analyst", False), ("scientist", False)):
        page = open_page(role, "leads", lead=str(world.waiting[0]), part="Facts")
        html = " ".join(element.proto.body for element in page.get("html"))
        assert ("Pat Example" in html) is seen, role
