"""The trail: one entry per change of state, append-only, sealed in batches (SPEC 1.9, 13.8)."""

from core.audit.record import record

__all__ = ["record"]
