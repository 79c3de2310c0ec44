"""What is ticked in a table stays ticked, whatever becomes of the rows around it; one press takes its reason along."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core import accounts
from core.kit.db import transaction
from tests.axe import DESK
from tests.dashboard.conftest import Open, sound
from tests.dashboard.test_actions import one, said
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World
from tests.eventually import eventually

ROW, HEAD = 35, 18  # pixels of a row of a grid, and of the half of its head


def rows_ticked(ids: str) -> str:
    """What is ticked of a table, as the page tells it; its rows come from the session."""
    import streamlit as st

    from dashboard.components import tables as shown

    found = list(st.session_state.get("ids", ids))
    picked = shown.table([{"x": each} for each in found], {"x": shown.text("X")}, key="t", many=True, ids=found)
    st.text("".join(found[at] for at in picked))
    return ids


def row_opened() -> None:
    """The row that is open, and the address."""
    import streamlit as st

    from dashboard.components import tables as shown

    found = list(st.session_state.get("ids", "abcd"))
    at = shown.opened([{"x": each} for each in found], {"x": shown.text("X")}, ids=found, key="t", param="row")
    st.text(found[at] if at is not None else "none")


def tick(page: AppTest, *rows: int) -> AppTest:
    page.session_state["t"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return page.run()


def told(page: AppTest) -> str:
    return str(page.text[0].value)


def test_a_tick_follows_its_row_and_never_falls_on_a_neighbour() -> None:
    page = AppTest.from_function(rows_ticked, args=("abcd",)).run()
    assert told(tick(page, 1, 2)) == "bc"
    page.session_state["ids"] = "xabcd"  # a new row came in above
    assert told(page.run()) == "bc"
    page.session_state["ids"] = "xacd"  # one of the two was decided
    assert told(page.run()) == "c"
    page.session_state["ids"] = "xad"  # and the other
    assert told(page.run()) == ""
    page.session_state["ids"] = ""
    assert told(page.run()) == "" and not page.exception


def test_the_row_that_is_open_is_in_the_address_and_comes_back_with_it() -> None:
    page = AppTest.from_function(row_opened).run()
    assert told(page) == "none" and "row" not in page.query_params
    assert told(tick(page, 2)) == "c" and page.query_params["row"] == "c"
    page.session_state["ids"] = "xyabcd"
    assert told(page.run()) == "c" and page.query_params["row"] == "c"
    page.query_params["row"] = "a"  # the way back of the browser
    assert told(page.run()) == "a"
    assert told(tick(page)) == "none" and "row" not in page.query_params
    linked = AppTest.from_function(row_opened)
    linked.query_params["row"] = "d"
    assert told(linked.run()) == "d"
    elsewhere = AppTest.from_function(row_opened)
    elsewhere.query_params["row"] = "z"
    assert told(elsewhere.run()) == "none" and elsewhere.query_params["row"] == "z", "it stands on another page of the list"


def listed_by() -> None:
    """Where a list begins, by what it is asked for."""
    import streamlit as st

    from dashboard.components import pager as paging

    st.text(str(paging.cursor(of=st.session_state.get("asked", "all"))))


def test_a_list_that_is_asked_for_something_else_begins_at_its_newest() -> None:
    start = uuid4()
    page = AppTest.from_function(listed_by)
    page.query_params["before"] = str(start)
    assert told(page.run()) == str(start), "a reload stays where it was"
    assert told(page.run()) == str(start)
    page.session_state["asked"] = "roofing"
    assert told(page.run()) == "None" and "before" not in page.query_params
    page.query_params["before"] = str(start)
    assert told(page.run()) == str(start)


@pytest.fixture
def admin(chromium: Browser, address: str, world: World) -> Iterator[Visitor]:
    context = chromium.new_context(viewport=DESK)  # type: ignore[arg-type]
    context.add_cookies([{"name": accounts.SESSION_COOKIE, "value": world.tokens["admin"], "url": address}])
    yield Visitor(context, address)
    context.close()


def status_of(lead: UUID) -> str:
    return str(one("select status from lead where id = :id", id=lead).status)


def click_row(page: Page, row: int) -> None:
    """Tick a row: cells are drawn on a canvas."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 16, box["y"] + ROW * row + HEAD)


def write_and_press(page: Page, key: str, words: str) -> None:
    """As people do: type, and go to the button straight from the field."""
    page.locator(f".st-key-reason-{key} :is(input, textarea)").click()
    page.keyboard.type(words)
    box = page.locator(f".st-key-do-{key} button").bounding_box()
    assert box and box["y"] + box["height"] <= DESK["height"], "the button of a panel is on the screen"
    page.mouse.click(box["x"] + 10, box["y"] + 10, delay=60)


def test_a_second_press_decides_about_nobody_else(admin: Visitor, world: World) -> None:
    first, second, third = world.waiting
    page = admin.open("/review?how=Many+at+once")
    page.get_by_test_id("stDataFrame").first.wait_for()
    click_row(page, 1)
    page.get_by_role("button", name="Reject 1 lead").click()
    write_and_press(page, "reject-many", "test or spam")
    eventually(lambda: status_of(first) == "rejected", within_s=30)
    page.get_by_role("button", name="Approve 0 leads").wait_for()
    assert page.get_by_role("button", name="Approve 0 leads").is_disabled()
    assert (status_of(second), status_of(third)) == ("pending_approval", "pending_approval")


def test_one_press_takes_the_reason_along(admin: Visitor, world: World) -> None:
    lead = world.waiting[2]
    page = admin.open(f"/leads?lead={lead}")
    page.get_by_test_id("stPopover").filter(has_text="Withdraw").get_by_role("button").click()
    write_and_press(page, "withdraw", "Asked by telephone")
    eventually(lambda: status_of(lead) == "withdrawn", within_s=30)
    memo = one("select memo from audit_entry where action = 'lead.withdrawn' and entity_id = :id", id=lead).memo
    assert memo == "Asked by telephone"


def test_a_rejection_without_a_reason_keeps_its_dialog_and_its_words(open_page: Open, world: World) -> None:
    lead = world.waiting[1]
    page = open_page("admin", "review", lead=str(lead))
    page.button(key="reject").click().run()
    press: Any = next(button for button in page.button if button.label == "Reject the request")
    press.click().run()
    sound(page)
    assert [each.value for each in page.warning] == ["Write a reason, up to 1,000 characters."] and said(page) == ""
    assert status_of(lead) == "pending_approval"


def test_the_trail_names_every_action_there_is_an_entry_of(open_page: Open, world: World) -> None:
    with transaction() as session:
        known = sorted(session.execute(text("select distinct action from audit_entry")).scalars())
    page = open_page("admin", "audit")
    shown = page.selectbox(key="action").options
    assert known and len(shown) == len(known)


def test_an_invitation_that_is_refused_keeps_its_words(open_page: Open, world: World) -> None:
    page = open_page("admin", "users")
    page.text_input(key="invite-email").set_value("no address")
    page.text_input(key="invite-name").set_value("Kim Example")
    press: Any = next(button for button in page.button if button.label == "Send the invitation")
    press.click().run()
    sound(page)
    assert page.warning and page.text_input(key="invite-name").value == "Kim Example"
    page.text_input(key="invite-email").set_value("kim@example.com")
    page.text_input(key="invite-name").set_value("Kim Example")
    press = next(button for button in page.button if button.label == "Send the invitation")
    press.click().run()
    sound(page)
    assert said(page) == "The invitation is on its way to kim@example.com."
    assert page.text_input(key="invite-name-1").value == "", "the next one begins empty"
