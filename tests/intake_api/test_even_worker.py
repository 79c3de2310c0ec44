"""Connections that stay open are spread over the processes, whoever of them looks first."""

import http.client
import os
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
PROCESSES = 3


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


def test_open_connections_are_spread_evenly(port: int) -> None:
    with ExitStack() as stack:
        served: Counter[int] = Counter()
        while len(served) < PROCESSES:  # until all of them have started
            served[ask(stack.enter_context(opened(port)))] += 1
        for _ in range(max(served.values()) * PROCESSES):
            served[ask(stack.enter_context(opened(port)))] += 1
    assert max(served.values()) - min(served.values()) <= 1


def test_a_connection_stays_with_its_process(port: int) -> None:
    with opened(port) as connection:
        assert ask(connection) == ask(connection)
