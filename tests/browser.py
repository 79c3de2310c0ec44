"""Chromium for the tests that look at pages as people do."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

PATIENCE_MS = (
    20_000  # on a busy machine a page's tables take longer to be drawn than the five seconds that expect() waits by itself
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is missing: `make test` installs it"
    return found


def launch(playwright: Playwright) -> Browser:
    """Chromium that asks nobody for anything by itself."""
    return playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one file of tests: two at once in a process would share its event loop, which Playwright refuses."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
