"""Chromium for the tests that look at pages as people do."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

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
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
