"""Traces by OpenTelemetry, off unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set (SPEC 13.5).

What one request or press causes is one trace: its id follows from the correlation id, which jobs and mails carry
anyway, so nothing more has to be stored. Spans hold ids and kinds, never contact data, and of an error its class only.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from core.kit.config import settings
from core.kit.errors import Unavailable
from core.kit.logs import correlation_id

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_OFF: AbstractContextManager[None] = nullcontext()
_tracer: "Tracer | None" = None
_provider: "TracerProvider | None" = None


class _Ids(NamedTuple):
    """The trace of a correlation id, and the span that stands for what began it."""

    trace: int
    span: int


_wanted: ContextVar[_Ids | None] = ContextVar("wanted_ids", default=None)


def check_installed() -> None:
    """Raise ``Unavailable`` in words when traces are asked for and the libraries are missing."""
    if settings().otlp_endpoint and find_spec("opentelemetry.exporter") is None:
        words = (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the libraries are missing. Run `uv sync --extra otel`, or leave it empty."
        )
        raise Unavailable("tracing.missing", words)


def configure(part: str) -> None:
    """Begin to trace in this process (``web``, ``intake``, ``worker``) when an endpoint is set; after a fork, again."""
    global _tracer, _provider
    if not settings().otlp_endpoint:
        return
    check_installed()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from core.kit.trace_ids import CorrelatedIds

    resource = Resource.create({"service.name": f"hotleads-{part}", "service.namespace": "hotleads"})
    # A provider of our own: libraries that trace themselves (MLflow) keep theirs.
    provider = TracerProvider(resource=resource, id_generator=CorrelatedIds(_wanted))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{settings().otlp_endpoint.rstrip('/')}/v1/traces"))
    )
    _tracer, _provider = provider.get_tracer("hotleads"), provider


def stop() -> None:
    """Send what is not sent yet and trace no more; the end of a process does so by itself."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def span(name: str, *, begins: bool = False, **attributes: str | int) -> AbstractContextManager[None]:
    """Trace a piece of work. ``begins``: it is what the correlation id was made for; otherwise it hangs under that."""
    return _OFF if _tracer is None else _span(_tracer, name, begins, attributes)


def note(**attributes: str | int) -> None:
    """Add what is known by now to the span that runs."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(attributes)


@contextmanager
def _span(tracer: "Tracer", name: str, begins: bool, attributes: dict[str, Any]) -> Iterator[None]:
    from opentelemetry.trace import StatusCode

    correlation = correlation_id.get()
    told = attributes | ({"hotleads.correlation_id": correlation} if correlation else {})
    token = _wanted.set(_ids(correlation) if begins and correlation else None)
    try:
        opened = tracer.start_as_current_span(
            name, context=_parent(correlation, begins), attributes=told, record_exception=False, set_status_on_exception=False
        )
        with opened as current:
            _wanted.set(None)
            try:
                yield
            except Exception as error:
                current.set_status(StatusCode.ERROR, type(error).__name__)
                raise
    finally:
        _wanted.reset(token)


def _parent(correlation: str | None, begins: bool) -> "Context | None":
    """The span that runs in this process; else the one that the correlation id began with."""
    from opentelemetry import context, trace

    if begins or not correlation:
        return context.Context() if begins else None
    if trace.get_current_span().get_span_context().is_valid:
        return None
    ids = _ids(correlation)
    remote = trace.SpanContext(ids.trace, ids.span, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED))
    return trace.set_span_in_context(trace.NonRecordingSpan(remote), context.Context())


def _ids(correlation: str) -> _Ids:
    digest = hashlib.sha256(f"trace:{correlation}".encode()).digest()
    return _Ids(int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1)
