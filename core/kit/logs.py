"""JSON logs that share a correlation id from request to job to e-mail, and hold no personal data (SPEC 13.5)."""

import logging
import os
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TextIO, cast

import structlog

from core.kit.config import settings
from core.kit.words import without_contact

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


class Lossy:
    """A stream whose lines are lost when nobody takes them: a reader that went away, a full disk. Work never fails by its log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, words: str) -> None:
        """Write, if it can be written."""
        self._try(lambda: self._stream.write(words))

    def flush(self) -> None:
        """Pass on what was written, if it can be."""
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BrokenPipeError:
            # Nobody will ever read there: what is left in the buffer must not spoil the end of the process either.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            return


def configure(part: str) -> None:
    """Send every log line of this process to stderr as JSON, stamped with its part (``web``, ``worker``, ...)."""
    chain: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _stamp(part),
        structlog.processors.format_exc_info,
        _redact,
    ]
    logging.basicConfig(level=settings().log_level, handlers=[_json_lines(chain)], force=True)
    structlog.configure(
        processors=[*chain, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings().log_level)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Lossy(sys.stderr))),
        cache_logger_on_first_use=True,
    )


def _json_lines(chain: list[structlog.types.Processor]) -> logging.Handler:
    """What libraries log takes the same shape as what we log."""
    last: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(Lossy(sys.stderr))
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=chain, processors=last))
    return handler


def _stamp(part: str) -> structlog.types.Processor:
    def add(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event["part"] = part
        if correlation_id.get():
            event["correlation_id"] = correlation_id.get()
        return event

    return add


# PostgreSQL tells the whole row that broke a rule.
_ROW = re.compile(r"Failing row contains \(.*", re.DOTALL)


def _redact(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return {key: _nameless(value) if isinstance(value, str) else value for key, value in event.items()}


def _nameless(line: str) -> str:
    return without_contact(_ROW.sub("[row]", line) if "Failing row" in line else line)


def logger() -> Any:
    """A structured logger: ``logger().info("lead.approved", lead_id=...)``."""
    return structlog.get_logger()
