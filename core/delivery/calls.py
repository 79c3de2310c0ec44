"""The calls themselves: outside any transaction, to public addresses only, with limits on time and size (SPEC 7.7)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import httpcore
import httpx

from core.delivery.sign import SIGNATURE, signature
from core.kit.config import settings
from core.kit.public_addresses import PrivateAddress
from core.kit.public_transport import FAILURES, CheckedTransport
from core.kit.words import without_contact

AT_A_TIME, BUDGET_S, LONGEST_S = 20, 20.0, 10.0
LARGEST_ANSWER, EXCERPT, LONGEST_PAUSE_S = 64 * 1024, 2_000, 3_600
TIMEOUT = httpx.Timeout(5, connect=5)
# What a receiver says of one call, and not of itself: the next call may be taken.
_OF_THE_CALL = {400, 409, 413, 415, 422}


@dataclass(frozen=True, slots=True)
class Call:
    """One delivery ready to go: its id names it to the receiver, however often it is tried."""

    delivery_id: UUID
    event: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Errand:
    """The calls to make to one endpoint now, in order; ``secrets`` sign them, ``authorization`` is the receiver's own."""

    endpoint_id: UUID
    url: str
    secrets: tuple[str, ...]
    authorization: str | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a call: ``status`` is ``None`` without an answer, ``problem`` is ``None`` when it was taken.

    ``of_receiver``: nothing else would be taken now, either; ``pause_s``: what the receiver asked for.
    """

    delivery_id: UUID
    status: int | None
    milliseconds: int
    problem: str | None
    answer: str = ""
    of_receiver: bool = False
    pause_s: int | None = None


def private_hosts() -> frozenset[str]:
    """Names in our own network that calls may go to, by setting."""
    return frozenset(name.strip().lower() for name in settings().private_hosts.split(",") if name.strip())


def send_all(errand: Errand | None, now: datetime) -> list[Sent]:
    """Make the calls one after the other until all are made, the receiver fails, or 20 seconds are over."""
    if errand is None or not errand.calls:
        return []
    done: list[Sent] = []
    began = time.monotonic()
    transport = CheckedTransport(private_hosts(), longest_s=LONGEST_S)
    with httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        for call in errand.calls:
            spent = time.monotonic() - began
            if spent > BUDGET_S:
                break
            done.append(_timed(partial(_exchange, client, errand, call, now + timedelta(seconds=spent)), call))
            if done[-1].of_receiver:
                break
    return done


def _timed(exchange: Callable[[], tuple[int, str, int | None]], call: Call) -> Sent:
    began = time.monotonic()
    try:
        status, answer, pause = exchange()
    except PrivateAddress as error:
        return Sent(call.delivery_id, None, _since(began), error.message, of_receiver=True)
    except (httpx.TimeoutException, httpcore.TimeoutException):
        return Sent(call.delivery_id, None, _since(began), "It took too long to answer.", of_receiver=True)
    except (*FAILURES, httpx.InvalidURL, UnicodeError) as error:
        return Sent(call.delivery_id, None, _since(began), f"It could not be reached ({type(error).__name__}).", of_receiver=True)
    problem = _problem(status)
    broken = problem is not None and status not in _OF_THE_CALL
    return Sent(call.delivery_id, status, _since(began), problem, answer, broken, pause)


def _exchange(client: httpx.Client, errand: Errand, call: Call, now: datetime) -> tuple[int, str, int | None]:
    headers = {
        "Content-Type": call.content_type,
        "User-Agent": "Hotleads/0.1",
        "Hotleads-Event": call.event,
        "Hotleads-Delivery": str(call.delivery_id),
        "Idempotency-Key": str(call.delivery_id),
        SIGNATURE: signature(call.body, secrets=errand.secrets, now=now),
    }
    if errand.authorization:
        headers["Authorization"] = errand.authorization
    seen = b""
    with client.stream("POST", errand.url, content=call.body, headers=headers) as answer:
        for chunk in answer.iter_raw():
            seen += chunk
            if len(seen) >= LARGEST_ANSWER:
                break
        return answer.status_code, _excerpt(seen), _pause(answer.headers)


def _excerpt(seen: bytes) -> str:
    """The beginning of an answer for the log; receivers echo what they were sent, so contact data is taken out."""
    return without_contact(seen[: 4 * EXCERPT].decode("utf-8", "replace").replace("\x00", ""))[:EXCERPT]


def _problem(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It redirects ({status}), which is not followed. Enter the final address."
    return f"It answered {status}."


def _pause(headers: httpx.Headers) -> int | None:
    said = headers.get("Retry-After", "").strip()
    return min(int(said), LONGEST_PAUSE_S) if said.isdecimal() and len(said) < 10 else None


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
