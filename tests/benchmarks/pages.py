"""``hotleads bench pages``: what a person waits for, in a real Chromium against the whole web process.

``server_ms``: how long the server works on a page, from the browser's request to its last message. ``first_paint_ms``: from
opening the address to the page's content being on the screen, with files in the browser's cache as on every visit but the first.
``server_cpu_ms``: what a visit costs the web process in processor time, whatever else runs on the machine.
``rerun_ms``: from a press to its answer on the screen. The marketplace has ``scale`` listings.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from playwright.sync_api import Browser, Page, expect, sync_playwright

import core.tables  # noqa: F401
from core import accounts, markets, niches
from core.accounts.sessions import open_session
from core.kit import clock
from core.kit.db import make_engine, transaction
from core.kit.local.places import free_port
from tests import builders
from tests.benchmarks.ground import ROOT, machine, own_database, percentile
from tests.benchmarks.pages_sessions import THINK_S, measured
from tests.browser import FLAGS, chromium_path
from tests.eventually import eventually

Progress = Callable[[str], None]
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
CARD, MAP = "[class*=st-key-listing-]", ".hl-desk-map[data-drawn]"
PATHS = {"home": "/", "inbox": "/inbox", "marketplace": "/marketplace", "cart": "/cart", "wallet": "/wallet"}


_STOPWATCH = """(wanted) => {
  window.took = 0;
  addEventListener("pointerdown", () => {
    const pressed = performance.now();
    const look = () => {
      if (document.querySelector(wanted)?.getClientRects().length) window.took = performance.now() - pressed;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
}"""
_LISTEN = """(where) => {
  const app = document.querySelector(where);
  let ran = false;
  window.ranAgain = false;
  document.activeElement?.blur();
  new MutationObserver((_, watcher) => {
    if (app.dataset.testScriptState !== "notRunning") ran = true;
    else if (ran) { window.ranAgain = true; watcher.disconnect(); }
  }).observe(app, { attributes: true });
}"""


def run(
    *,
    progress: Progress,
    scale: int = 5_000,
    rounds: int = 9,
    only: str = "",
    sessions: int = 50,
    think_s: float = THINK_S,
    **_: Any,
) -> dict[str, Any]:
    """Measure pages over ``scale`` listings; figures as in the contracts, medians of ``rounds`` visits; ``only`` one page.

    ``sessions`` people at once on the marketplace, each with ``think_s`` seconds between two presses on average.
    """
    with own_database("pages") as url:
        progress(f"loading {scale} listings")
        token = _load(url, scale)
        with _served(url) as (address, server), _browser() as browser:
            floor = _still(browser, address)
            page = _signed_in(browser, address, token)
            wanted = {name: path for name, path in PATHS.items() if name.startswith(only)}
            pages = {name: _visits(page, server, address + path, name, rounds, progress) for name, path in wanted.items()}
            pages["marketplace"] |= _interactions(page, address, rounds, progress)
            page.context.close()
            progress(f"{sessions} sessions at once")
            many = measured(address, server, token, sessions=sessions, think_s=think_s)
        about = machine(url)
    worst = pages["marketplace"]
    return {
        "name": "pages", "scale": scale, "rounds": rounds, "load": os.getloadavg()[0], "machine": about, "pages": pages, **many,
        "limit": {"first_paint_ms": floor, "command": "a stranger's sign-in page, without scripts, in the same Chromium"},
        "ratio": round(worst["first_paint_ms"] / max(floor, 0.1), 1),
        "ratio_of": "the marketplace's first paint to that of a page without scripts; lower is better",
    }  # fmt: skip


def _load(url: str, listings: int) -> str:
    """The launch markets with listings, and the token of somebody of a company with money."""
    engine, now = make_engine(url), clock.utc_now()
    with transaction(engine) as session:
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
        provider = builders.a_provider(session, now)
        user = builders.a_user(session, now, role="provider", provider_id=provider.id, owner=True)
        token = open_session(session, user=user, ip="127.0.0.1", user_agent="bench", now=now).token
    engine.dispose()
    script = (Path(__file__).parent / "search_world.sql").read_text().replace(":listings", str(listings))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)  # type: ignore[arg-type]
        connection.execute("vacuum analyze")
    return token


@contextmanager
def _served(url: str) -> Iterator[tuple[str, int]]:
    """The web process as it is served, on this database: its address and its id."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "dashboard.asgi:app", "--port", str(port), "--log-level", "error"]
    environment = os.environ | {"DATABASE_URL": url, "HOTLEADS_PORT": str(port)}
    # Standard output belongs to the figures.
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(address), within_s=150)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


def _signed_in(browser: Browser, address: str, token: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": accounts.SESSION_COOKIE, "value": token, "url": address}])
    return context.new_page()


def _still(browser: Browser, address: str) -> float:
    """First paint of a page that the server writes whole: what browser and machine cost by themselves."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()

    def visit() -> None:
        page.goto(f"{address}/sign-in", wait_until="commit")
        page.get_by_label("Password").wait_for()

    visit()
    took = _median([_timed(visit) for _ in range(5)])
    context.close()
    return took


def _visits(page: Page, server: int, address: str, name: str, rounds: int, progress: Progress) -> dict[str, float]:
    """Open it again and again; the first visit fills the browser's cache and is told apart."""
    cold = _timed(lambda: _open(page, address, name))
    paints, served, worked = [], [], []
    for _ in range(rounds):
        busy, before = _Wire(page), _cpu_ms(server)
        paints.append(_timed(lambda: _open(page, address, name)))
        page.locator(SETTLED).wait_for()
        served.append(busy.server_ms())
        worked.append(_cpu_ms(server) - before)
    reruns = [_timed(lambda: _again(page)) for _ in range(rounds)]
    progress(f"{name}: first paint {_median(paints):.0f} ms")
    return {
        "server_ms": _median(served), "server_cpu_ms": _median(worked),
        "first_paint_ms": _median(paints), "first_paint_p95_ms": _worst(paints),
        "first_visit_ms": round(cold, 1), "rerun_ms": _median(reruns),
    }  # fmt: skip


def _open(page: Page, address: str, name: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator("h1").first.wait_for()
    if name == "marketplace":
        page.locator(CARD).first.wait_for()
        page.locator(MAP).wait_for()


def _again(page: Page) -> None:
    """Have the whole page run once more, as after a press of a button that changes nothing."""
    page.evaluate(_LISTEN, SETTLED.split("]")[0] + "]")
    page.keyboard.press("r")
    page.wait_for_function("() => window.ranAgain")


def _interactions(page: Page, address: str, rounds: int, progress: Progress) -> dict[str, float]:
    """What people do on the marketplace: choose a niche, move the map, point at a card."""
    page.goto(f"{address}/marketplace")
    page.locator(MAP).wait_for()
    page.locator(SETTLED).wait_for()
    views = [_choose(page, label) for _ in range(rounds // 2 + 1) for label in ("Table", "Cards")]
    page.locator(SETTLED).wait_for()
    expect(page.locator(MAP)).to_have_count(1)  # the one of before goes a moment after the new one is there
    moves = [_timed(lambda step=step: _move(page, step)) for step in range(rounds)]
    lights = [_timed(lambda: _light(page)) for _ in range(rounds)]
    progress(f"marketplace: view {_median(views):.0f}, map moved {_median(moves):.0f}, card lit {_median(lights):.0f} ms")
    return {
        "rerun_ms": _median(views), "rerun_p95_ms": _worst(views), "map_moved_ms": _median(moves),
        "map_moved_p95_ms": _worst(moves), "card_lit_ms": _median(lights),
    }  # fmt: skip


def _choose(page: Page, label: str) -> float:
    """From cards to the table and back: the search runs, list and map are drawn anew. Milliseconds from the press to the
    frame that shows it, by the page's own clock: moving the mouse there is not the page's."""
    page.locator(SETTLED).wait_for()
    page.evaluate(_STOPWATCH, "[data-testid=stDataFrame]" if label == "Table" else CARD)
    page.get_by_role("radio", name=label).or_(page.get_by_role("button", name=label, exact=True)).first.click()
    return float(page.wait_for_function("() => window.took").json_value())


def _move(page: Page, step: int) -> None:
    """Zoom in and out: new squares or points come for the part that is shown; the map waits 150 ms for the hand to rest."""
    before = page.locator(".hl-desk-map").get_attribute("data-drawn")
    page.get_by_role("button", name="Zoom in" if step % 2 == 0 else "Zoom out").click()
    page.wait_for_function("was => document.querySelector('.hl-desk-map').dataset.drawn !== was", arg=before)


def _light(page: Page) -> None:
    page.locator("h1").first.hover()
    page.locator(CARD).first.hover()
    page.locator(".hl-price.hl-on").first.wait_for()


class _Wire:
    """How long the socket is busy after a page is asked for: the server's part of the wait."""

    def __init__(self, page: Page) -> None:
        self.began = self.ended = 0.0
        page.once("websocket", self._follow)

    def _follow(self, socket: Any) -> None:
        socket.on("framesent", lambda _: self._sent())
        socket.on("framereceived", lambda _: self._received())

    def _sent(self) -> None:
        self.began = self.began or time.perf_counter()

    def _received(self) -> None:
        self.ended = time.perf_counter()

    def server_ms(self) -> float:
        return max(0.0, (self.ended - self.began) * 1000)


def _cpu_ms(process: int) -> float:
    """What a process has used of the processors so far: the one figure that other work on the machine leaves alone."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 1)


def _worst(values: list[float]) -> float:
    return round(percentile(sorted(values), 0.95), 1)
