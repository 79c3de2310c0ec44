"""Huey on Redis: one task, one signed message per outbox row, urgent ones first."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PriorityRedisStorage
from redis import RedisError

from core.kit import crypto, outbox, redis
from core.kit.logs import logger
from core.kit.outbox import Push
from jobs.work import work

NAME = "hotleads"
RING = "hotleads.relay"
PATIENCE_S = 5.0  # longer than any of its calls waits for a message
BUNDLED_S = 0.02  # how long rows wait for company
LAST = 9  # the least urgent priority of a row; Huey counts the other way round


class ForgedMessage(ValueError):
    """A message on the broker that we did not write; it is thrown away."""


class SignedRows(Serializer):
    """A message is a row's id with our signature, as JSON: nothing in Redis can make a worker run anything else."""

    def serialize(self, data: Message) -> bytes:
        """The message of a task: the same bytes for the same row."""
        row = str(data.args[0])
        return json.dumps({"row": row, "signature": crypto.sign(row, purpose="jobs")}).encode()

    def deserialize(self, data: bytes) -> Message:
        """The task of a message; raises ``ForgedMessage`` for anything that is not ours."""
        try:
            message = json.loads(data)
            row, signature = UUID(message["row"]), str(message["signature"])
        except (ValueError, TypeError, KeyError) as error:
            raise ForgedMessage("a message that is no row of ours was thrown away") from error
        if not crypto.signature_ok(str(row), signature, purpose="jobs"):
            raise ForgedMessage("a message with a wrong signature was thrown away")
        return Message(id=str(row), name=f"{work.__module__}.{work.__name__}", args=(str(row),), kwargs={}, retries=0)


class OneMessagePerRow(PriorityRedisStorage):
    """A sorted set in which a row stands once, however often the relay pushes it."""

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        """Add a message."""
        self.enqueue_all({data: priority or 0})

    def enqueue_all(self, messages: Mapping[bytes, int]) -> None:
        """Add messages with their priorities at once; the eight bytes in front are those that ``dequeue`` cuts off."""
        self.conn.zadd(self.queue_key, {bytes(8) + data: -priority for data, priority in messages.items()})


class RowsOnly(Huey):
    """Huey without what the rows do better: no results, no revoking, no retries of its own."""

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Never: a job is stopped in its row. Saves a round trip to Redis per job."""
        return False


@lru_cache(maxsize=1)
def broker() -> RowsOnly:
    """The process's Huey; it opens no connection before it is used."""
    pool = redis.pool(PATIENCE_S)
    huey = RowsOnly(NAME, results=False, serializer=SignedRows(), storage_class=OneMessagePerRow, connection_pool=pool)
    huey.task(retries=0)(work)
    return huey


def push(rows: Iterable[Push]) -> None:
    """Tell the workers of rows. A Redis that is down only costs time: the relay tells them again."""
    huey = broker()
    messages = {huey.serializer.serialize(Message(args=(str(row.id),))): LAST - row.priority for row in rows}
    if not messages:
        return
    try:
        huey.storage.enqueue_all(messages)
    except RedisError as error:
        logger().warning("broker.unavailable", error=str(error))


def wake() -> None:
    """Ring for the relay. It need not know for how many rows, so one ring is kept."""
    try:
        broker().storage.conn.pipeline(transaction=False).lpush(RING, 1).ltrim(RING, 0, 0).execute()
    except RedisError as error:
        logger().warning("broker.unavailable", error=str(error))


def rung(within_s: float) -> bool:
    """True as soon as somebody has rung since; ``False`` when nobody does in that time. Raises ``RedisError``."""
    return broker().storage.conn.blpop([RING], timeout=within_s) is not None


def connect(*, beside: bool = False) -> Callable[[], None]:
    """Join this process to the fast path: what it commits is pushed at once. Returns a function that leaves it.

    ``beside``: pushed by a thread of its own, those of many requests together, so that none waits for the broker.
    """
    return outbox.on_commit(Bundles().add if beside else push, wake)


class Bundles:
    """Rows on their way to the broker; what is lost with the process the relay finds."""

    def __init__(self) -> None:
        self._rows: SimpleQueue[Push] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, rows: Iterable[Push]) -> None:
        """Take rows along; the thread starts with the first ones, since a process that forks would lose it."""
        for row in rows:
            self._rows.put(row)
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._carry, name="broker", daemon=True)
                self._thread.start()

    def _carry(self) -> None:
        while True:
            rows = [self._rows.get()]
            time.sleep(BUNDLED_S)
            while not self._rows.empty():
                rows.append(self._rows.get())
            try:
                push(rows)
            except Exception:
                logger().exception("broker.push_failed", rows=len(rows))  # the relay tells of them
