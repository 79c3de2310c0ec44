"""The load of the API benchmark, in a process of its own: N keep-alive connections, one request at a time each.

Reads its calls as JSON on stdin, writes latencies and statuses as JSON on stdout. Each call comes from another
address, as through the proxy that the server trusts.
"""

import http.client
import json
import sys
import threading
import time
from typing import Any

Call = list[Any]  # method, path, bearer token or null, body or null


def send(plan: dict[str, Any], calls: list[tuple[int, Call]], start: threading.Barrier, results: list[tuple[int, float]]) -> None:
    """Send calls one after the other over one connection."""
    connection = http.client.HTTPConnection(plan["host"], plan["port"], timeout=60)
    ready = [
        (method, path, _headers(n, token), None if body is None else json.dumps(body)) for n, (method, path, token, body) in calls
    ]
    start.wait()
    for method, path, headers, body in ready:
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        results.append((answer.status, (time.perf_counter() - began) * 1000))
    connection.close()


def _headers(number: int, token: str | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    }
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    connections, numbered = plan["connections"], list(enumerate(plan["calls"], plan["first"]))
    start = threading.Barrier(connections + 1)
    results: list[list[tuple[int, float]]] = [[] for _ in range(connections)]
    threads = [
        threading.Thread(target=send, args=(plan, numbered[n::connections], start, results[n])) for n in range(connections)
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


if __name__ == "__main__":
    main()
