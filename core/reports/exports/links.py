"""Signed links to files: they name the export and their end, and work for the person who asked alone (SPEC 12.3)."""

from datetime import datetime, timedelta
from uuid import UUID

from core.kit.config import settings
from core.kit.crypto import sign, signature_ok
from core.reports.errors import ExportGone, ExportNotFound

LIFETIME = timedelta(hours=1)
_PURPOSE = "export"


def link(export_id: UUID, *, now: datetime) -> str:
    """Full address of the file, good for an hour."""
    expires = int((now + LIFETIME).timestamp())
    signature = sign(f"{export_id}:{expires}", purpose=_PURPOSE)
    return f"{settings().base_url}/api/v1/exports/{export_id}/download?expires={expires}&signature={signature}"


def check(export_id: UUID, *, expires: int, signature: str, now: datetime) -> None:
    """Raise ``ExportNotFound`` for a link we never made, ``ExportGone`` for one that has run out."""
    if not signature_ok(f"{export_id}:{expires}", signature, purpose=_PURPOSE):
        raise ExportNotFound
    if now.timestamp() >= expires:
        raise ExportGone("This link has run out after an hour. Get a new one on the Exports page.")
