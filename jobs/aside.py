"""Threads in which jobs wait for other people's servers, so that a slow one holds up no worker (SPEC 7.7).

A worker does one job after the other. Calls to receivers may take half a minute each, and who has receivers decides how many
are slow; what they keep waiting must be nobody else's work.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore

from core.kit.logs import logger

THREADS = 16


class Aside:
    """A pool without a queue: what has no room stays in its row, and the relay offers it again within seconds."""

    def __init__(self, threads: int = THREADS) -> None:
        self._room = BoundedSemaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aside")

    def enter(self) -> bool:
        """Keep a thread for one job; ``False`` when all are taken."""
        return self._room.acquire(blocking=False)

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


_own: Aside | None = None


def own() -> Aside | None:
    """The threads of this process; ``None`` where jobs are done one by one to their end."""
    return _own


def open() -> None:
    """Have such threads from now on: called in each worker process, after the fork."""
    global _own
    _own = Aside()


def close() -> None:
    """Wait for what has begun, and have none any more."""
    global _own
    if _own is not None:
        _own.close()
    _own = None
