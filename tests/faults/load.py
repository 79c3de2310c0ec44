"""People and programs that use the instance while things go wrong, each as a careful one would: with a key, asking again."""

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from core.kit.clock import utc_now
from tests.benchmarks import intake_client
from tests.faults.world import FORM, World
from tests.mailserver import MailServer

PATIENCE_S = 120.0  # how long a caller goes on asking
PAUSE_S = 0.2
Answer = tuple[int, Any]
_LINK = re.compile(r"/confirm\?token=([\w-]+)")


@dataclass
class Told:
    """What the instance said it had done, which must be so ever after."""

    submitted: dict[str, str] = field(default_factory=dict)  # e-mail: lead
    confirmed: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    checkouts: dict[str, list[str]] = field(default_factory=dict)  # key: assignments
    delivered: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    gave_up: list[str] = field(default_factory=list)
    asked_again: int = 0


class Load:
    """Threads that each do one thing after the other until they are stopped; with a mail server people confirm, too."""

    def __init__(
        self, port: int, world: World, *, mail: MailServer | None = None, seed: int = 1, threads: int = 4, pause_s: float = 0.05
    ) -> None:
        self.port, self.world, self.told = port, world, Told()
        self._letters = mail.letters if mail else []
        self._read = len(self._letters)
        self._numbers, self._lock = world.numbers(), threading.Lock()
        self._stopping, self._pause_s = threading.Event(), pause_s
        self._told_until = float("inf")
        self._threads = [threading.Thread(target=self._go_on, args=(random.Random(f"{seed}:{n}"),)) for n in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._told_until = time.monotonic() + PATIENCE_S
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def done(self) -> int:
        """How many things were done."""
        told = self.told
        return len(told.submitted) + len(told.confirmed) + len(told.approved) + len(told.checkouts) + told.delivered

    def _go_on(self, chance: random.Random) -> None:
        verbs = {self._submit: 5, self._confirm: 5, self._approve: 3, self._buy: 3, self._deliver: 3}
        caller = Caller(self)
        with closing(caller.connection):
            while not self._stopping.wait(self._pause_s):
                chance.choices(list(verbs), list(verbs.values()))[0](caller, chance)
            while self.world.deliveries:  # a gateway tells everything sooner or later
                self._deliver(caller, chance)

    def _submit(self, caller: "Caller", _chance: random.Random) -> None:
        with self._lock:
            number = next(self._numbers)
        form = FORM | {"details": f"It has tiles of the make {_word(number)}."}  # so that no two questions are the same
        body = json.loads(intake_client.body(number, self.world.niche, form, ["89109"], self.world.consent))
        status, answer = caller.ask("POST", "/api/v1/leads", body)
        if status != 201:
            self.told.gave_up.append(f"request {number}: {status} {answer}")
        else:
            self.told.submitted[body["contact"]["email"]] = answer["lead_id"]

    def _confirm(self, caller: "Caller", _chance: random.Random) -> None:
        if token := self._next_link():
            status, answer = caller.ask("POST", "/api/v1/leads/confirm", {"token": token})
            if status == 200:
                self.told.confirmed.add(answer["lead_id"])

    def _next_link(self) -> str | None:
        """What the next letter that asks for a confirmation leads to; companies are written to, too."""
        with self._lock:
            while self._read < len(self._letters):
                body = self._letters[self._read].get_body(("plain",))
                self._read += 1
                if found := _LINK.search(body.get_content() if body else ""):
                    return found[1]
        return None

    def _approve(self, caller: "Caller", chance: random.Random) -> None:
        if lead := self._next(self.world.to_approve):
            status, _ = caller.ask("POST", f"/api/v1/admin/leads/{lead}/approve", {}, chance.choice(self.world.staff))
            if status == 200:
                self.told.approved.add(str(lead))

    def _buy(self, caller: "Caller", chance: random.Random) -> None:
        if lead := self._next(self.world.to_buy):
            company = chance.choice(self.world.companies)
            status, _ = caller.ask("POST", "/api/v1/cart", {"lead_id": str(lead)}, company)
            if status == 201:
                key = str(uuid4())
                status, answer = caller.ask("POST", "/api/v1/cart/checkout", {"lead_ids": [str(lead)]}, company, key=key)
                if status == 200:
                    self.told.checkouts[key] = answer["checkout"]["assignment_ids"]

    def _deliver(self, caller: "Caller", _chance: random.Random) -> None:
        if told := self._next(self.world.deliveries):
            gateways, signed = told
            fresh = signed if signed.gateway == "paypal" else gateways.stripe.signer.sign(signed.event, at=utc_now())
            status, _ = caller.ask("POST", f"/api/v1/webhooks/{signed.gateway}", fresh.body, headers=fresh.headers)
            if 200 <= status < 300:
                self.told.delivered += 1
            elif time.monotonic() < self._told_until:
                self._tell_again(told)
            else:
                self.told.gave_up.append(f"webhook of {signed.gateway}: {status}")

    def _tell_again(self, told: Any) -> None:
        """Gateways try whatever was not taken for days: a signature seems old to an instance whose clock is wrong."""
        with self._lock:
            self.world.deliveries.insert(0, told)
        self.told.asked_again += 1
        time.sleep(PAUSE_S)

    def _next(self, things: list[Any]) -> Any:
        with self._lock:
            return things.pop() if things else None


def _word(number: int) -> str:
    """A word of its own for each number."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}")


class Caller:
    """One connection; what got no answer, or 503, is asked again with the same key."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=40)

    def ask(
        self, method: str, path: str, body: Any, token: str | None = None, *, key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """The first answer that is not a failure of the instance; ``(0, None)`` when the caller gave up."""
        about = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4()), **(headers or {})}
        about["X-Forwarded-For"] = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
        if token:
            about["Authorization"] = f"Bearer {token}"
        sent = body if isinstance(body, bytes) else json.dumps(body)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            status, answer = self._once(method, path, sent, about)
            self.load.told.answers[f"{path.split('/')[3]}: {status}"] += 1
            if 0 < status < 500 and status != 429:
                return status, answer
            self.load.told.asked_again += 1
            time.sleep(PAUSE_S)
        self.load.told.gave_up.append(f"{method} {path}: {status}")
        return 0, None

    def _once(self, method: str, path: str, sent: Any, about: dict[str, str]) -> Answer:
        try:
            self.connection.request(method, path, sent, about)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, None
        return answer.status, json.loads(content) if content[:1] == b"{" else None
