"""Keys of programs on the pages: shown once, rotated, revoked; a colleague who is no owner only looks (SPEC 1.1)."""

from typing import Any

from core import accounts
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.dashboard.conftest import Open, press, sound, words
from tests.dashboard.world import World


def holder(token: str) -> Any:
    with transaction() as session:
        return accounts.key_holder(session, token=token, ip=None, user_agent=None, now=utc_now())


def test_a_key_is_made_shown_once_rotated_and_revoked(open_page: Open, world: World) -> None:
    page = open_page("provider", "settings", settings="API keys")
    sound(page)
    assert "No API keys" in words(page)
    next(box for box in page.text_input if box.label == "Name").set_value("Our CRM")
    page.multiselect[0].set_value(["leads.read"])
    press(page, "Make the key")
    token = page.code[0].value
    assert holder(token).scopes == {"leads.read"}
    press(page, "I have copied it")
    assert not page.code and "Our CRM" in words(page) and token not in words(page)
    press(page, "Rotate")
    newer = page.code[0].value
    assert newer != token and holder(newer) and holder(token)
    press(page, "Revoke Our CRM")
    assert holder(newer) is None
    again = open_page("provider", "settings", settings="API keys")
    assert not again.code, "the secret is gone with the page that showed it"


def test_a_key_without_rights_is_refused_in_words(open_page: Open, world: World) -> None:
    page = open_page("provider", "settings", settings="API keys")
    press(page, "Make the key")
    assert "Name the key" in words(page) + " ".join(warning.value for warning in page.warning)
