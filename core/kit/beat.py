"""A thread that does something again and again while something else has the processor."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

import structlog

_log = structlog.get_logger(__name__)


class Beat:
    """Calls ``beat`` every ``every_s`` seconds until it is left; one that fails is logged, and the next tries again."""

    def __init__(self, name: str, every_s: float) -> None:
        self._name, self._every_s, self._over = name, every_s, Event()
        self._thread = Thread(target=self._go_on, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def beat(self) -> None:
        """What is done."""
        raise NotImplementedError

    def _go_on(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                self.beat()
            except Exception as error:  # such as a database that is away for a moment
                _log.warning("beat.missed", name=self._name, error=type(error).__name__)
