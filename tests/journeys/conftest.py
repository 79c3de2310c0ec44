"""A whole instance as ``make run`` starts it, and a real Chromium that may talk to nothing else."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from core.kit.local import LocalPostgres
from core.kit.local.places import free_port
from tests.browser import PATIENCE_MS
from tests.eventually import eventually

READY_WITHIN_S = 600  # a machine that many share may take this long; a well one takes seconds
OWN_PARTS = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SMTP_URL", "HOTLEADS_PUBLIC_URL", "HOTLEADS_SECRET_KEY"), "")


@dataclass(frozen=True, slots=True)
class Instance:
    """Where a running instance answers, and where its database is."""

    address: str
    home: Path

    def wait_for(self, query: str, *values: object, within_s: float = 60) -> tuple[Any, ...]:
        """The first row of a query, as soon as there is one: what the parts behind the pages have done."""
        with psycopg.connect(LocalPostgres(self.home).url("hotleads"), autocommit=True) as connection:
            return eventually(lambda: connection.execute(query, values).fetchone(), within_s=within_s)

    def wait_for_history(self) -> None:
        """The demo market's ninety days are there."""
        self.wait_for("select 1 from demo_load having bool_and(done >= total)", within_s=READY_WITHIN_S)

    def order(self, statement: str, *values: object) -> None:
        """What only who holds the server could do."""
        with psycopg.connect(LocalPostgres(self.home).url("hotleads"), autocommit=True) as connection:
            connection.execute(statement, values)


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """``hotleads up`` with the demo market, on a port and in a home of its own; every journey of a run uses it.

    ``HOTLEADS_PLAY_AT="http://127.0.0.1:8080 .local"`` plays in one that runs already.
    """
    if running := os.environ.get("HOTLEADS_PLAY_AT"):
        address, folder = running.split()
        yield Instance(address, Path(folder).absolute())
        return
    home, port = tmp_path_factory.mktemp("journey") / "home", free_port()
    environment = {name: value for name, value in os.environ.items() if name not in OWN_PARTS}
    environment |= {
        "HOTLEADS_ENV": "development",
        "HOTLEADS_DEMO": "true",
        "HOTLEADS_HOME": str(home),
        "HOTLEADS_PORT": str(port),
    }
    output = home.parent / "output"
    with output.open("wb") as out:
        up = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"], env=environment, stdout=out, stderr=out, start_new_session=True
        )
        try:
            wait_until_ready(up, output, home / "logs")
            yield Instance(f"http://127.0.0.1:{port}", home)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(timeout=60)


def wait_until_ready(up: "subprocess.Popen[bytes]", output: Path, logs: Path) -> None:
    """Until the instance says so; when it ends or takes too long, what it and its parts said last is the failure."""
    try:
        eventually(lambda: "is ready" in output.read_text() or up.poll() is not None, within_s=READY_WITHIN_S)
        assert up.poll() is None, f"it ended with exit code {up.returncode}"
    except AssertionError as error:
        told = [f"== {path.name}\n{tail(path)}" for path in [output, *sorted(logs.glob("*.log"))]]
        raise AssertionError("\n".join([f"the instance did not become ready: {error}", *told])) from error


def tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


@pytest.fixture
def window(chromium: Browser, instance: Instance) -> Iterator[Callable[[], Page]]:
    """``window()``: a fresh visitor; whatever a page asks of another host fails the test.

    The demo's card company answers at a port of its own, which people go to by a link.
    """
    foreign, contexts = list[str](), list[BrowserContext]()

    def gate(route: Route) -> None:
        paying = route.request.is_navigation_request() and route.request.url.startswith("http://127.0.0.1:")
        if paying or route.request.url.startswith((instance.address, "data:", "blob:")):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    def opened() -> Page:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=instance.address)
        contexts.append(context)
        context.route("**/*", gate)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not foreign, f"pages reach out to {foreign}"


@pytest.fixture
def page(window: Callable[[], Page]) -> Page:
    """One visitor."""
    return window()
