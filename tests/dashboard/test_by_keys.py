"""The pages for whoever goes by keys, and for whoever types what a browser itself refuses."""

import pytest
from playwright.sync_api import expect

from dashboard import theme
from tests.dashboard.test_browser import rgb

RING = "at => { const look = getComputedStyle(at); return [look.outlineStyle, look.outlineColor, look.outlineWidth]; }"


@pytest.mark.parametrize(("scheme", "ring"), [("light", theme.EMBER_DEEP), ("dark", theme.EMBER_LIGHT)])
def test_whoever_goes_by_keys_sees_where_they_are(visit: object, scheme: str, ring: str) -> None:
    page = visit("provider").open("/inbox")  # type: ignore[operator]
    page.emulate_media(color_scheme=scheme)
    chosen = page.get_by_test_id("stSidebarNavLink").first
    page.keyboard.press("Tab")
    for _ in range(20):
        page.keyboard.press("Tab")
        if chosen.evaluate("at => at === document.activeElement"):
            break
    assert chosen.evaluate(RING)[0::2] == ["solid", "2px"]
    filters = page.get_by_role("button", name="Filters")
    filters.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(filters).to_be_focused()
    assert filters.evaluate(RING) == ["solid", rgb(ring), "3px"]


def test_keys_lead_into_a_popover_and_out_of_it(visit: object) -> None:
    """By itself Tab would pass everything on the page before it came to the panel, which is the document's last part."""
    page = visit("provider").open("/inbox")  # type: ignore[operator]
    button, panel = page.get_by_role("button", name="Filters"), page.get_by_test_id("stPopoverBody")
    button.focus()
    page.keyboard.press("Enter")
    search = panel.get_by_label("E-mail or phone")
    search.wait_for()
    page.keyboard.press("Tab")
    expect(search).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Enter")
    search.wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if not panel.count():
            break
    expect(panel).to_have_count(0)
    expect(button).to_be_focused()


def test_what_the_browser_refuses_is_said_in_words(visit: object) -> None:
    window = visit("provider")  # type: ignore[operator]
    page = window.open("/settings")
    page.get_by_label("Website").fill("nowhere")
    page.get_by_role("button", name="Save the profile").click()
    why = page.get_by_role("alert").filter(has_text="valid")
    why.wait_for()
    box = why.bounding_box()
    assert box and box["height"] > 12 and box["width"] > 60, "words for a screen reader only"
