"""The load of the steady benchmark, in a process of its own: each call at its moment, over as many connections as that takes.

Reads its calls as JSON on stdin, writes latencies (from each call's moment to its answer) and errors as JSON on stdout.
"""

import http.client
import json
import queue
import select
import sys
import threading
import time
from collections import Counter
from typing import Any

CONNECTIONS = 48
PATIENCE_S = 30
Call = list[Any]  # kind, method, path, bearer token or null, body or null


class Results:
    """What became of the calls; each thread adds under the lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ms: list[float] = []
        self.ms_of: dict[str, list[float]] = {}
        self.accepted: list[list[str]] = []
        self.errors = self.asked_again = 0
        self.why: Counter[str] = Counter()

    def add(self, call: Call, ms: float, tries: list[str], answer: Any) -> None:
        with self.lock:
            self.ms.append(ms)
            self.ms_of.setdefault(call[0], []).append(ms)
            self.asked_again += len(tries) > 1
            self.errors += tries[-1] != ""
            self.why.update(f"{call[0]}: {why}" for why in tries if why)
            if call[0] == "submit" and not tries[-1]:
                self.accepted.append([call[4]["contact"]["email"], answer["lead_id"]])


class Sender:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def send(self, number: int, call: Call) -> tuple[list[str], Any]:
        """Why each of at most two tries failed ("" for the one that did not), and the answer."""
        _, method, path, token, body = call
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method == "POST":
            headers["Idempotency-Key"] = f"steady-{number}"
        content = None if body is None else json.dumps(body)
        tries: list[str] = []
        answer = None
        while len(tries) < 2 and (not tries or tries[-1]):
            why, answer = self._once(method, path, content, headers)
            tries.append(why)
        return tries, answer

    def _once(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> tuple[str, Any]:
        try:
            self._look()
            self.connection.request(method, path, content, headers)
            answer = self.connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return type(error).__name__, None
        return ("" if answer.status in (200, 201) else str(answer.status)), json.loads(told)

    def _look(self) -> None:
        """A connection that was closed while nothing was asked is opened anew, as every HTTP client does."""
        if self.connection.sock is not None and select.select([self.connection.sock], [], [], 0)[0]:
            self.connection.close()


def main() -> None:
    """Run the plan."""
    plan = json.load(sys.stdin)
    waiting: queue.SimpleQueue[tuple[int, float, Call] | None] = queue.SimpleQueue()
    results = Results()

    def work() -> None:
        sender = Sender(plan["port"])
        while (item := waiting.get()) is not None:
            number, moment, call = item
            tries, answer = sender.send(number, call)
            results.add(call, (time.perf_counter() - moment) * 1000, tries, answer)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    for index, call in enumerate(plan["calls"]):
        moment = began + index / plan["rate"]
        if (left := moment - time.perf_counter()) > 0:
            time.sleep(left)
        waiting.put((plan["first"] + index, moment, call))
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    told = {name: getattr(results, name) for name in ("ms", "ms_of", "accepted", "errors", "asked_again", "why")}
    json.dump({"seconds": seconds, **told}, sys.stdout)


if __name__ == "__main__":
    main()
