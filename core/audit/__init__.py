"""The trail: one entry per change of state, append-only, sealed in batches (SPEC 1.9, 13.8).

Every verb that changes something calls ``record``; a job calls ``seal_new``; people ``search`` and ``verify``.
"""

from core.audit.record import part, record
from core.audit.seal import SEALED_TABLES, seal_new
from core.audit.search import EntryView, search
from core.audit.verify import verify

__all__ = ["SEALED_TABLES", "EntryView", "part", "record", "seal_new", "search", "verify"]
