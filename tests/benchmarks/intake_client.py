"""The load of the intake benchmark, in a process of its own: a plan as JSON on stdin, latencies and statuses on stdout."""

import json
import sys
from functools import partial
from typing import Any

from tests.benchmarks.connections import Ready, caller, drive

PATH = "/api/v1/leads"


def body(number: int, niche: str, form: dict[str, Any], zips: list[str], consent: str) -> bytes:
    """A person of their own: no e-mail, phone or name-and-address comes twice."""
    area, exchange, line = (
        (702, 725, 214, 512, 602, 480, 469, 737)[number % 8],
        200 + number // 8 // 10_000 % 700,
        number // 8 % 10_000,
    )
    zip_ = zips[number % len(zips)]
    return json.dumps(
        {
            "niche": niche,
            "contact": {
                "name": f"Pat Example {number}",
                "email": f"pat.{number}@example.com",
                "phone": f"({area}) {exchange}-{line:04d}",
            },
            "address": {"street": f"{100 + number} North Main Street", "unit": f"Apt {number % 90}", "zip": zip_},
            "form_data": form,
            "consent": {"agreed": True, "version": consent, "page_url": "https://form.example/request"},
            "attribution": {"utm_source": "bench"},
        }
    ).encode()


def ready(plan: dict[str, Any], numbers: range) -> list[Ready]:
    """Requests of these people, as the proxy that the server trusts passes them on."""
    return [
        (
            "POST", PATH, body(n, plan["niche"], plan["form"], plan["zips"], plan["consent"]),
            {"Content-Type": "application/json", "X-Forwarded-For": caller(n)},
        )
        for n in numbers
    ]  # fmt: skip


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    first, after, connections = plan["first"], plan["first"] + plan["requests"], plan["connections"]
    drive(plan, [partial(ready, plan, range(first + n, after, connections)) for n in range(connections)])
