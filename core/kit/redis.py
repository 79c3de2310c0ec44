"""Redis holds only what may be lost: caches, rate windows, broker messages, presence (house rule 7)."""

import time
from functools import lru_cache
from typing import Any

from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import TimeoutError as NoAnswer

from core.kit.config import settings
from core.kit.errors import Unavailable

PATIENCE_S = 1.0
LEFT_ALONE_S = 5.0


@lru_cache(maxsize=1)
def redis() -> "Redis[bytes]":
    """The process's client; raises ``Unavailable`` when no Redis is configured."""
    if not settings().redis_url:
        raise Unavailable("redis.missing", "No Redis is configured. Run `make run`, or set REDIS_URL.")
    return Redis(connection_pool=pool(PATIENCE_S))


def pool(patience_s: float) -> ConnectionPool:
    """Connections to the configured Redis that leave one which hangs alone for a while.

    What Redis does may be lost, so nobody waits for it: of the calls of a process one in ``LEFT_ALONE_S`` seconds costs
    ``patience_s``, the others fail at once until it answers again.
    """
    made = ConnectionPool.from_url(settings().redis_url, socket_timeout=patience_s, socket_connect_timeout=patience_s)
    made.connection_class = type("Guarded", (_Guarded, made.connection_class), {"hanging": Hanging()})
    return made


class Hanging:
    """Whether a server was found to hang, and until when it is left alone; shared by the threads of a process."""

    def __init__(self) -> None:
        self._until: float | None = None

    def check(self) -> None:
        """Raise at once while it is left alone; afterwards one caller tries, and the others wait for what that finds."""
        if self._until is None:
            return
        now = time.monotonic()
        if now < self._until:
            raise NotConnected("Redis did not answer a moment ago.")
        self._until = now + LEFT_ALONE_S

    def begins(self) -> None:
        """It let somebody wait for nothing."""
        self._until = time.monotonic() + LEFT_ALONE_S

    def ends(self) -> None:
        """It answered."""
        self._until = None


class _Guarded:
    """In front of one of redis-py's kinds of connections. A server that refuses says so at once and needs no guard."""

    hanging: Hanging

    def connect(self) -> None:
        """Called before each use, also of a connection that stands."""
        self.hanging.check()
        try:
            super().connect()  # type: ignore[misc]
        except NoAnswer:
            self.hanging.begins()
            raise

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = super().read_response(*args, **kwargs)  # type: ignore[misc]
        except NoAnswer:
            self.hanging.begins()
            raise
        self.hanging.ends()
        return answer
