"""The pictures of README and tutorials, taken from a running demo market: ``make pictures``.

Three stills and a tour of half a minute, each a page as a person has it before them. Takes the pictures of whatever
answers at the address (``ADDRESS=http://127.0.0.1:8080``), as soon as its ninety days of history are there.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import launch
from tests.journeys.browsing import answer_questions, open_page, settled, sign_in

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
DESK = {"width": 1440, "height": 900}
TOUR_WIDTH, STILL_COLOURS, SHOWN_MS, QUALITY = 960, 96, 4_300, 62
SETTLES_MS = 1_500
ROW = 35  # pixels of a row of a table
COMPANY = "provider@example.com"


def form(page: Page) -> None:
    """What a stranger sees."""
    page.goto("/request/home-seller")
    answer_questions(page)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")


def review(page: Page) -> None:
    """One request with its reasons."""
    open_page(page, "/review")
    page.locator(".st-key-approve button").first.wait_for()


def distribution(page: Page) -> None:
    """A run with who got the lead and who was passed over: the first that was worked out from a past that is all there."""
    for row in range(1, 12):
        open_page(page, "/leads?view=Sold+out")
        table = page.get_by_test_id("stDataFrame").first
        box = table.bounding_box()
        assert box
        page.mouse.click(box["x"] + 16, box["y"] + ROW * row + 18)  # cells are drawn on a canvas
        page.get_by_role("tab", name="Distribution").click()
        settled(page)
        page.get_by_text("Who was considered, and why").wait_for()
        if page.get_by_text("Agrees with the run").count():
            return


def inbox(page: Page) -> None:
    """A lead that waits for a call."""
    open_page(page, "/inbox")
    page.locator("[class*=st-key-row-] button").first.click()
    settled(page)
    page.locator(".hl-contact").wait_for()


def marketplace(page: Page) -> None:
    """What is on sale, on the map, one price explained."""
    open_page(page, "/marketplace?market=Las+Vegas")
    page.locator("[class*=st-key-listing-]").first.wait_for()
    page.get_by_role("button", name="Why this price").first.click()
    page.get_by_text("Going rate of the niche").first.wait_for()


def results(page: Page) -> None:
    """What came of the leads, against the market."""
    open_page(page, "/results?period=90+days")
    page.get_by_text("Where do your leads get stuck?").wait_for()


def reports(page: Page) -> None:
    """The house's own figures."""
    open_page(page, "/reports")
    page.get_by_text("How do the steps go over time?").first.wait_for()


TOUR: tuple[tuple[str, str | None, Callable[[Page], None]], ...] = (
    ("form", None, form),
    ("review", "admin@example.com", review),
    ("distribution", "admin@example.com", distribution),
    ("inbox", COMPANY, inbox),
    ("marketplace", COMPANY, marketplace),
    ("results", COMPANY, results),
    ("reports", "admin@example.com", reports),
)
STILLS = ("review", "distribution", "inbox")


@contextmanager
def windows(browser: Browser, address: str) -> Iterator[Callable[[str | None], Page]]:
    """A window for each person, signed in once."""
    opened = dict[str | None, Page]()

    def window(email: str | None) -> Page:
        if email not in opened:
            context = browser.new_context(viewport=DESK, base_url=address, color_scheme="light")  # type: ignore[arg-type]
            opened[email] = context.new_page()
            if email:
                sign_in(opened[email], email)
        return opened[email]

    yield window


def take(address: str) -> dict[str, Image.Image]:
    """Each place of the tour as a picture."""
    with sync_playwright() as playwright, windows(launch(playwright), address) as window:
        taken = dict[str, Image.Image]()
        for name, email, go in TOUR:
            page = window(email)
            go(page)
            page.wait_for_load_state("networkidle")
            page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')")
            page.wait_for_timeout(SETTLES_MS)  # charts draw themselves
            page.evaluate("() => document.fonts.ready")
            taken[name] = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        return taken


def keep(taken: dict[str, Image.Image]) -> None:
    """Stills as small PNGs, the tour as one animated WebP."""
    for name in STILLS:
        taken[name].quantize(STILL_COLOURS, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)
    height = round(TOUR_WIDTH * DESK["height"] / DESK["width"])
    frames = [picture.resize((TOUR_WIDTH, height), Image.Resampling.LANCZOS) for picture in taken.values()]
    frames[0].save(
        PICTURES / "tour.webp", save_all=True, append_images=frames[1:], duration=SHOWN_MS, loop=0, quality=QUALITY, method=6
    )


if __name__ == "__main__":
    keep(take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
