"""Several keep-alive connections at once, each one request at a time: what the clients of the benchmarks have in common."""

import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Ready = tuple[str, str, Any, dict[str, str]]  # method, path, body, headers
TIMEOUT_S = 60


def caller(number: int) -> str:
    """The address of the n-th caller, as the proxy that the server trusts tells it."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def drive(plan: dict[str, Any], shares: Sequence[Callable[[], Iterable[Ready]]]) -> None:
    """Send each share over a connection of its own, all at once; seconds, latencies and statuses go to stdout as JSON.

    What is sent is made ready before the clock starts.
    """
    start = threading.Barrier(len(shares) + 1)
    results: list[list[tuple[int, float]]] = [[] for _ in shares]
    threads = [
        threading.Thread(target=_send, args=(plan, share, start, result)) for share, result in zip(shares, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    flat = [one for each in results for one in each]
    json.dump({"seconds": seconds, "ms": [ms for _, ms in flat], "statuses": [status for status, _ in flat]}, sys.stdout)


def _send(
    plan: dict[str, Any], share: Callable[[], Iterable[Ready]], start: threading.Barrier, results: list[tuple[int, float]]
) -> None:
    connection = http.client.HTTPConnection(plan["host"], plan["port"], timeout=TIMEOUT_S)
    ready = list(share())
    start.wait()
    for method, path, body, headers in ready:
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        results.append((answer.status, (time.perf_counter() - began) * 1000))
    connection.close()
