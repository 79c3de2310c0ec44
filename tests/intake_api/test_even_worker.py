"""Connections that stay open are spread over the processes, whoever of them looks first."""

import http.client
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from core.kit.local.places import free_port
from tests.eventually import eventually

ROOT = Path(__file__).parent.parent.parent
PROCESSES, EACH = 3, 8


def app(_environ: object, start_response: "object") -> Iterable[bytes]:
    """Tells which process answers."""
    start_response("200 OK", [("Content-Type", "text/plain")])  # type: ignore[operator]
    return [str(os.getpid()).encode()]


@pytest.fixture
def port() -> Iterator[int]:
    chosen = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "intake_api.even_worker.EvenWorker", "--threads", "2",
               "--workers", str(PROCESSES), "--keep-alive", "60", "--bind", f"127.0.0.1:{chosen}", "--log-level", "error",
               "--no-control-socket", f"{__name__}:app"]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        yield chosen
    finally:
        server.terminate()
        server.wait(30)


def ask(connection: http.client.HTTPConnection) -> int:
    """The process behind the connection; 0 while nobody answers."""
    try:
        connection.request("GET", "/")
        return int(connection.getresponse().read())
    except OSError:
        connection.close()
        return 0


@contextmanager
def opened(port: int) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        eventually(lambda: ask(connection))
        yield connection


def spread(port: int) -> bool:
    """Whether connections that are open at once fall to the processes evenly."""
    with ExitStack() as stack:
        served = Counter(ask(stack.enter_context(opened(port))) for _ in range(PROCESSES * EACH))
    return set(served.values()) == {EACH}


def test_open_connections_are_spread_evenly(port: int) -> None:
    started: set[int] = set()
    while len(started) < PROCESSES:
        with opened(port) as connection:
            started.add(ask(connection))
    # Again where a process was held up for seconds and the others did not wait for it; by chance it comes once in forty.
    assert any(spread(port) for _ in range(3))


def test_a_process_that_was_killed_is_waited_for_no_longer(port: int) -> None:
    with opened(port) as connection:
        victim = ask(connection)
        os.kill(victim, signal.SIGKILL)
    with ExitStack() as stack:
        held = [stack.enter_context(opened(port)) for _ in range(PROCESSES * EACH)]
        assert victim not in {ask(each) for each in held}


def test_a_connection_stays_with_its_process(port: int) -> None:
    with opened(port) as connection:
        assert ask(connection) == ask(connection)
