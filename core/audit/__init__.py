"""The trail: one entry per change of state, append-only, sealed in batches (SPEC 1.9, 13.8).

Every verb that changes something calls ``record``; a job calls ``seal_new``; people ``search`` and ``verify``.
"""

from core.audit.filters import asked
from core.audit.record import part, record, record_all, record_opening, record_reading
from core.audit.reseal import OldChain, reseal
from core.audit.seal import SEALED_TABLES, seal_new
from core.audit.seal_file import path as seal_file_path
from core.audit.search import EntryView, actions, search
from core.audit.verification import (
    VerificationView,
    begin_verification,
    finish_verification,
    latest_verifications,
    note_progress,
    request_verification,
)
from core.audit.verify import Fault, Part, chain_checks, look, parts, rows_checks, verify

__all__ = [
    "SEALED_TABLES",
    "EntryView",
    "Fault",
    "OldChain",
    "Part",
    "VerificationView",
    "actions",
    "asked",
    "begin_verification",
    "chain_checks",
    "finish_verification",
    "latest_verifications",
    "look",
    "note_progress",
    "part",
    "parts",
    "record",
    "record_all",
    "record_opening",
    "record_reading",
    "request_verification",
    "reseal",
    "rows_checks",
    "seal_file_path",
    "seal_new",
    "search",
    "verify",
]
