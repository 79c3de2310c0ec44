"""The load of the API benchmark, in a process of its own: calls as JSON on stdin, latencies and statuses as JSON on stdout.

Each call comes from another address, as through the proxy that the server trusts.
"""

import json
import sys
from functools import partial
from typing import Any

from tests.benchmarks.connections import Ready, caller, drive

Call = list[Any]  # method, path, bearer token or null, body or null


def ready(calls: list[tuple[int, Call]]) -> list[Ready]:
    """The calls with their headers."""
    return [
        (method, path, None if body is None else json.dumps(body), _headers(n, token)) for n, (method, path, token, body) in calls
    ]


def _headers(number: int, token: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": caller(number)}
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    connections, numbered = plan["connections"], list(enumerate(plan["calls"], plan["first"]))
    drive(plan, [partial(ready, numbered[n::connections]) for n in range(connections)])
