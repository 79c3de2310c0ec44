"""Gunicorn's threaded worker that takes a new connection only when no other worker has fewer.

Workers share one listening socket, and whoever looks first takes what waits there: with connections that a proxy keeps
open, one process was seen to hold six of eight for minutes while the others idled, and Python runs one thread at a time
in each. So every worker tells in shared memory how many it has, and those above the lowest leave the next to the lowest.
"""

import time
from multiprocessing import RawArray
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WORKERS = 64  # places in the shared table
FRESH_S = 3  # a worker looks round each second; one that has not for so long hangs, and nobody waits for it
LOOK_AGAIN_S = 0.02

# Made before the workers are forked, so all of them see the same.
_connections = RawArray("i", WORKERS)
_seen = RawArray("d", WORKERS)


def leave(age: int) -> None:
    """Count a worker no longer; called by the parent for one that ended without a word, too."""
    _seen[age % WORKERS] = 0


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """As gthread, with connections spread evenly over the processes; ``age`` numbers them in the order of their start."""

    def run(self) -> None:
        """Serve until told to stop, then leave the table."""
        try:
            super().run()
        finally:
            leave(self.age)

    def accept(self, listener: Any) -> None:
        """Take one connection, unless it became somebody else's turn since this worker was woken."""
        if self._is_its_turn():
            super().accept(listener)
            _connections[self._place] = self.nr_conns

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Before each wait: tell the others, and listen for new connections only at one's turn."""
        if not self.alive:
            return super().wait_for_and_dispatch_events(timeout)  # type: ignore[no-any-return]
        its_turn = self._is_its_turn()
        self.set_accept_enabled(its_turn and self.nr_conns < self.worker_connections)
        return super().wait_for_and_dispatch_events(timeout if its_turn else LOOK_AGAIN_S)  # type: ignore[no-any-return]

    @property
    def _place(self) -> int:
        return int(self.age) % WORKERS

    def _is_its_turn(self) -> bool:
        now = time.monotonic()
        _connections[self._place], _seen[self._place] = self.nr_conns, now
        return all(_connections[n] >= self.nr_conns for n in range(WORKERS) if now - _seen[n] < FRESH_S)
