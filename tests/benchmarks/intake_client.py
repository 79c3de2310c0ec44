"""The load of the intake benchmark, in a process of its own: N keep-alive connections, one request at a time each.

Reads its plan as JSON on stdin, writes latencies and statuses as JSON on stdout.
"""

import http.client
import json
import sys
import threading
import time
from typing import Any

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


def send(plan: dict[str, Any], numbers: range, results: list[tuple[int, float]]) -> None:
    """Send requests one after the other over one connection, as the proxy that the server trusts."""
    connection = http.client.HTTPConnection(plan["host"], plan["port"], timeout=30)
    ready = [(n, body(n, plan["niche"], plan["form"], plan["zips"], plan["consent"])) for n in numbers]
    plan["barrier"].wait()
    for number, payload in ready:
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        began = time.perf_counter()
        connection.request("POST", PATH, payload, headers)
        answer = connection.getresponse()
        answer.read()
        results.append((answer.status, (time.perf_counter() - began) * 1000))
    connection.close()


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    connections, first, count = plan["connections"], plan["first"], plan["requests"]
    plan["barrier"] = threading.Barrier(connections + 1)
    results: list[list[tuple[int, float]]] = [[] for _ in range(connections)]
    threads = [
        threading.Thread(target=send, args=(plan, range(first + i, first + count, connections), results[i]))
        for i in range(connections)
    ]
    for thread in threads:
        thread.start()
    plan["barrier"].wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    flat = [one for each in results for one in each]
    json.dump({"seconds": seconds, "ms": [ms for _, ms in flat], "statuses": [status for status, _ in flat]}, sys.stdout)


if __name__ == "__main__":
    main()
