"""The script that begins what is opened at its top and takes its reader back to where the list was, in a real Chromium."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from dashboard.components import top
from tests.eventually import eventually

LIST = '<div data-testid="stMain" style="height: 300px; overflow: auto"><p style="height: 3000px">A list</p></div>'
SHOW = "([opening, high]) => { document.querySelector('p').style.height = high + 'px'; window.script({ data: { opening } }); }"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.set_content(LIST)
    page.evaluate("async (text) => { window.script = (await import('data:text/javascript,' + text)).default; }", _quoted())
    page.evaluate(SHOW, ["", 3000])
    yield page
    page.close()


def _quoted() -> str:
    return quote(top._SCRIPT)


def scrolled(page: Page) -> int:
    return round(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))


def test_who_comes_back_finds_the_list_where_it_was(page: Page) -> None:
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 1500)")
    page.mouse.move(50, 50)
    page.mouse.down()
    page.mouse.up()
    page.evaluate(SHOW, ["a lead", 400])  # shorter: the browser itself moves up
    assert scrolled(page) == 0
    page.evaluate(SHOW, ["", 500])
    page.evaluate("document.querySelector('p').style.height = '3000px'")  # its cards come one after the other
    eventually(lambda: scrolled(page) == 1500, within_s=10)


def test_a_list_that_is_drawn_anew_stays_where_its_reader_is(page: Page) -> None:
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 700)")
    page.evaluate(SHOW, ["", 3000])
    assert scrolled(page) == 700
    page.evaluate(SHOW, ["a lead", 3000])
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 200)")
    page.evaluate(SHOW, ["a lead", 3000])
    assert scrolled(page) == 200, "what is open already does not jump to its top again"
