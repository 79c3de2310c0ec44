"""Ends the kernel of a notebook that somebody has stopped: a cell that computes for minutes does not look up by itself."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import structlog

EVERY_S = 1.0
_log = structlog.get_logger(__name__)


class KernelWatch:
    """Asks ``stopped`` every second until it is left; ``ended_it`` says whether the kernel was ended for that."""

    def __init__(self, client: Any, stopped: Callable[[], bool]) -> None:
        self._client, self._stopped = client, stopped
        self._over = Event()
        self._thread = Thread(target=self._look, name="kernel-watch", daemon=True)
        self.ended_it = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                self._end_if_stopped()
            except Exception as error:  # a database that is away for a moment: the next look tries again
                _log.warning("kernel_watch.missed", error=type(error).__name__)

    def _end_if_stopped(self) -> None:
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
