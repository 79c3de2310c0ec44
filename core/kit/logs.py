"""JSON logs that share a correlation id from request to job to e-mail, and hold no personal data (SPEC 13.5)."""

import logging
import re
import sys
from contextvars import ContextVar
from typing import Any

import structlog

from core.kit.config import settings
from core.kit.words import without_contact

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _json_lines(chain: list[structlog.types.Processor]) -> logging.Handler:
    """What libraries log takes the same shape as what we log."""
    last: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(sys.stderr)
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
