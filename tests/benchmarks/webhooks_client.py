"""The deliveries of the webhook benchmark, in a process of its own: N keep-alive connections, one request at a time each.

Reads its plan as JSON on stdin, writes latencies and statuses as JSON on stdout. Each delivery comes from another
address, as through the proxy that the server trusts.
"""

import base64
import http.client
import json
import sys
import threading
import time
from typing import Any


def send(plan: dict[str, Any], mine: list[dict[str, Any]], start: threading.Barrier, results: list[tuple[int, float]]) -> None:
    """Deliver one after the other over one connection."""
    connection = http.client.HTTPConnection(plan["host"], plan["port"], timeout=60)
    ready = [(d["gateway"], base64.b64decode(d["body"]), d["headers"]) for d in mine]
    start.wait()
    for number, (gateway, body, headers) in enumerate(ready):
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        began = time.perf_counter()
        connection.request("POST", f"/api/v1/webhooks/{gateway}", body, headers | {"X-Forwarded-For": address})
        answer = connection.getresponse()
        answer.read()
        results.append((answer.status, (time.perf_counter() - began) * 1000))
    connection.close()


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    connections, deliveries = plan["connections"], plan["deliveries"]
    start = threading.Barrier(connections + 1)
    results: list[list[tuple[int, float]]] = [[] for _ in range(connections)]
    threads = [
        threading.Thread(target=send, args=(plan, deliveries[number::connections], start, results[number]))
        for number in range(connections)
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
