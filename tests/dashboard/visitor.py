"""Somebody's window on the pages, which notes whatever it has to complain about."""

from playwright.sync_api import BrowserContext, Page

from tests.eventually import eventually

# Before it knows its address, Streamlit's page looks for the server beside itself.
PROBES = ("/_stcore/health", "/_stcore/host-config")


class Visitor:
    """A browser window of somebody, with everything it complained about."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base, self.complaints = base, list[str]()
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.on("response", lambda response: self._answered(response.status, response.url))
        self.page.on("console", lambda message: self._said(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _requested(self, url: str) -> None:
        ours = (self.base, self.base.replace("http", "ws"), "data:", "blob:", "about:")
        if not url.startswith(ours):
            self.complaints.append(f"asked {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400 and not url.endswith(PROBES):
            self.complaints.append(f"{status} from {url}")

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(f"console: {text}")

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=30_000)


# What can be pressed and is lower than 40 px, the room around a help sign counted; the grid's own tools show under a mouse only.
SMALL = """main => [...main.querySelectorAll("button, a, summary, [role=tab], select, input:not([type=hidden])")]
  .filter(one => !one.closest("[data-testid=stElementToolbar], iframe, .hl-facts, [data-testid=stMarkdown]"))
  .map(one => [one, (one.closest("label") || one).getBoundingClientRect().height])
  .map(([one, high]) => [one, high && one.closest("[data-testid=stTooltipHoverTarget]") ? high + 18 : high])
  .filter(([one, high]) => high > 0 && high < 40 && getComputedStyle(one).visibility !== "hidden")
  .map(([one, high]) => `${one.innerText || one.ariaLabel || one.placeholder || one.outerHTML.slice(0, 80)}: ${high}`)"""


def found_by_a_thumb(page: Page) -> None:
    main = page.get_by_test_id("stMain")
    eventually(lambda: main.evaluate(SMALL) == [], within_s=10)
