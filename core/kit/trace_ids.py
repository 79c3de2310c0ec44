"""Ids of traces that follow from the correlation id; imported only while tracing is on."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

if TYPE_CHECKING:
    from core.kit.tracing import _Ids


class CorrelatedIds(RandomIdGenerator):
    """The wanted ids for the span that begins a trace, random ones for every other."""

    def __init__(self, wanted: "ContextVar[_Ids | None]") -> None:
        self._wanted = wanted

    def generate_trace_id(self) -> int:
        """The trace of the correlation id when one is wanted."""
        wanted = self._wanted.get()
        return wanted.trace if wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """The span that others hang under when one is wanted."""
        wanted = self._wanted.get()
        return wanted.span if wanted else super().generate_span_id()
