"""The gateways' post office: every event is kept, and delivered in the background when somebody is to get it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Queue
from threading import Thread

import httpx

from demo.gateways.signing import Signed

PAUSES_S = (0.5, 1, 2, 4, 8, 16, 32, 60, 120, 240)
Sign = Callable[[datetime], Signed]


class Post:
    """Keeps events in the order they happened; with a target it delivers them, again and again until they are taken."""

    def __init__(self, target: str | None = None) -> None:
        self.sent: list[Signed] = []
        self._target = target
        self._queue: Queue[tuple[float, int, Sign]] = Queue()
        if target:
            Thread(target=self._deliver, daemon=True).start()

    def send(self, sign: Sign) -> Signed:
        """Keep an event and have it delivered; a repeated delivery is signed anew."""
        signed = sign(datetime.now(UTC))
        self.sent.append(signed)
        if self._target:
            self._queue.put((time.monotonic(), 0, sign))
        return signed

    def _deliver(self) -> None:
        while True:
            due, tries, sign = self._queue.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not self._taken(sign(datetime.now(UTC))) and tries < len(PAUSES_S):
                self._queue.put((time.monotonic() + PAUSES_S[tries], tries + 1, sign))

    def _taken(self, signed: Signed) -> bool:
        url = f"{self._target}/api/v1/webhooks/{signed.gateway}"
        try:
            return httpx.post(url, content=signed.body, headers=signed.headers, timeout=20).is_success
        except httpx.HTTPError:
            return False
