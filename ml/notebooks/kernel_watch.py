"""Ends the kernel of a notebook that somebody has stopped: a cell that computes for minutes does not look up by itself."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from core.kit.beat import Beat

EVERY_S = 1.0


class KernelWatch(Beat):
    """Asks ``stopped`` every second until it is left; ``ended_it`` says whether the kernel was ended for that."""

    def __init__(self, client: Any, stopped: Callable[[], bool]) -> None:
        super().__init__("kernel-watch", EVERY_S)
        self._client, self._stopped = client, stopped
        self.ended_it = False

    def beat(self) -> None:
        """End the kernel once its run is stopped."""
        pid = self._pid()
        if pid is not None and (self.ended_it or self._stopped()):
            self.ended_it = True
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pid(self) -> int | None:
        """The kernel's own process, once it has begun."""
        manager = self._client.km
        provisioner = manager.provisioner if manager is not None else None
        pid = getattr(provisioner, "pid", None)
        return pid if isinstance(pid, int) else None
