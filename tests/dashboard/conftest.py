"""A database with a small world in it, and pages opened in it as one of its people."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from core import accounts
from core.kit import config, db
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local.places import free_port
from dashboard import navigation
from tests.axe import DESK
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World, build
from tests.databases import Databases
from tests.eventually import eventually

APP = Path(__file__).parent.parent.parent / "dashboard" / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True, scope="session")
def _scan_packages_once() -> Iterator[None]:
    """Each AppTest reads the metadata of every installed package, which takes longer than our pages: once is enough."""
    scan = manifest_scanner.scan_component_manifests
    manifest_scanner.scan_component_manifests = cache(scan)  # type: ignore[assignment]
    yield
    manifest_scanner.scan_component_manifests = scan


@pytest.fixture(autouse=True)
def _main_stays_main() -> Iterator[None]:
    """AppTest puts the page in the place of the main module, which processes that other tests spawn would then run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    """The small exchange, in one database for the tests of a module: those change different things in it."""
    name = databases.lend()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.postgres.url(name))
        forget_cached()
        with transaction() as session:
            built = build(session, utc_now())
        yield built
        db.engine().dispose()
    forget_cached()
    databases.take_back(name)


def forget_cached() -> None:
    """Read the settings anew and open the database they name."""
    config.settings.cache_clear()
    db.engine.cache_clear()


@pytest.fixture
def open_page(world: World) -> Open:
    """Open a page by its path as a role: ``open_page("admin", "review", lead="...")``."""

    def opened(role: str, path: str = "", **query: str) -> AppTest:
        return page_as(world.tokens[role], path, **query)

    return opened


def page_as(token: str | None, path: str = "", **query: Any) -> AppTest:
    """A page run once for whoever holds the token."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"token": token}
    app.query_params = query
    if path and not navigation.entry(path).default:
        # Callable pages are known by the hash of their path; AppTest's own switch_page wants a file.
        app._page_hash = calc_hash(path)
    return app.run()


def words(app: AppTest) -> str:
    """Everything a person could read on the page, in one text."""
    parts = [
        element.value
        for kind in ("title", "subheader", "markdown", "caption", "info", "warning", "error")
        for element in app.get(kind)
    ]
    parts += [unescape(re.sub("<[^>]*>", " ", element.proto.body)) for element in app.get("html")]
    parts += [button.label for button in app.button] + [tile.value for tile in app.metric]
    return "\n".join(str(part) for part in parts)


def sound(page: AppTest) -> None:
    """Nothing broke while the page was drawn."""
    assert not page.exception, page.exception
    assert "could not be drawn" not in words(page)


def press(page: AppTest, label: str) -> AppTest:
    """Press the button of that name; the page is drawn again, and soundly."""
    next(button for button in page.button if button.label == label).click().run()
    sound(page)
    return page


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The whole web process, as it is served."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "dashboard.asgi:app", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(
        command, cwd=APP.parent.parent, env=os.environ | {"HOTLEADS_PORT": str(port)}, stdout=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(base), within_s=150)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/_stcore/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def visit(chromium: Browser, address: str, world: World) -> Iterator[object]:
    """``visit("admin", PHONE)``: a window signed in as the role; it must have nothing to complain about at the end."""
    contexts, visitors = list[BrowserContext](), list[Visitor]()

    def opened(role: str | None, size: dict[str, int] = DESK) -> Visitor:
        context = chromium.new_context(viewport=size, timezone_id="America/Los_Angeles")  # type: ignore[arg-type]
        contexts.append(context)
        if role:
            context.add_cookies([{"name": accounts.SESSION_COOKIE, "value": world.tokens[role], "url": address}])
        visitors.append(Visitor(context, address))
        return visitors[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
