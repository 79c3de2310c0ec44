"""Threads in which jobs wait for other people's servers, so that a slow one holds up no worker (SPEC 7.7).

A worker does one job after the other. Calls to receivers may take half a minute each, and who has receivers decides how many
are slow; a mail server that takes a connection and says nothing keeps each letter for 20 seconds. What they keep waiting must be
nobody else's work, so each kind of server has threads of its own.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore
from typing import Literal

from core.kit.logs import logger

Whose = Literal["receivers", "mail"]
# Of each worker process. All processes together stay below the connections that a mail server grants to one client.
THREADS: dict[Whose, int] = {"receivers": 16, "mail": 8}
# A mail server that is well has taken one of eight letters within this; waiting costs less than asking for the row again.
PATIENCE_S: dict[Whose, float] = {"receivers": 0.0, "mail": 0.5}
HOPELESS_S = 5.0  # after waiting in vain nobody waits for so long


class Aside:
    """A pool without a queue: what has no room stays in its row, and the relay offers it again within seconds."""

    def __init__(self, threads: int, patience_s: float = 0.0) -> None:
        self._patience_s, self._hopeless_until = patience_s, 0.0
        self._room = BoundedSemaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aside")

    def enter(self) -> bool:
        """Keep a thread for one job, waiting a moment where that may help; ``False`` when all are taken."""
        if self._room.acquire(blocking=False):
            return True
        if not self._patience_s or time.monotonic() < self._hopeless_until:
            return False
        if self._room.acquire(timeout=self._patience_s):
            return True
        self._hopeless_until = time.monotonic() + HOPELESS_S
        return False

    def leave(self) -> None:
        """Give back a thread that was kept for nothing."""
        self._room.release()

    def finish(self, rest: Callable[[], object]) -> None:
        """Carry out the rest of a job in the thread that was kept for it, under the same correlation id."""
        self._pool.submit(copy_context().run, self._whole, rest)

    def close(self) -> None:
        """Wait for what has begun."""
        self._pool.shutdown()

    def _whole(self, rest: Callable[[], object]) -> None:
        try:
            rest()
        except Exception:
            logger().exception("job.lost_aside")  # its lease runs out, and it is done again
        finally:
            self._room.release()


_own: dict[Whose, Aside] = {}


def own(whose: Whose) -> Aside | None:
    """The threads of this process for such servers; ``None`` where jobs are done one by one to their end."""
    return _own.get(whose)


def open() -> None:
    """Have such threads from now on: called in each worker process, after the fork."""
    _own.update({whose: Aside(threads, PATIENCE_S[whose]) for whose, threads in THREADS.items()})


def close() -> None:
    """Wait for what has begun, and have none any more."""
    for threads in _own.values():
        threads.close()
    _own.clear()
