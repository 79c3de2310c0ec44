"""Hand a file out: to who asked for it, by a signed link, while it is kept (SPEC 12.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import audit, providers
from core.kit.actor import Actor
from core.reports.errors import ExportGone, ExportNotReady
from core.reports.exports import links
from core.reports.exports.files import store
from core.reports.exports.formats import ENDINGS, TYPES
from core.reports.exports.request import own, view


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: its name, its type, how long it is, and its bytes piece by piece."""

    name: str
    content_type: str
    length: int
    chunks: Iterator[bytes]


def download(session: Session, *, actor: Actor, export_id: UUID, expires: int, signature: str, now: datetime) -> Download:
    """The file behind a link; recorded in the trail.

    Raises ``ExportNotFound`` for a stranger's or a forged link, ``ExportGone`` (410) when link or file have run out,
    ``ExportNotReady`` before it is written, ``ProviderNotActive`` for a company that may see no leads any more (SPEC 1.3).
    """
    row = own(session, actor, export_id)
    if actor.role == "provider":
        providers.require_active(session, actor.require_provider())
    links.check(export_id, expires=expires, signature=signature, now=now)
    state = view(row, now=now).state
    size = store().size(row.file) if row.file else None
    if state == "expired" or (state == "ready" and size is None):
        raise ExportGone("This file is no longer kept. Ask for it again on the Exports page.")
    if state != "ready" or row.file is None or size is None:
        raise ExportNotReady("The file is not written yet. Look again in a moment.")
    audit.record(session, actor, "export.downloaded", entity_type="export", entity_id=row.id, now=now)
    name = f"{re.sub(r'[^a-z0-9]+', '-', row.title.lower()).strip('-')}.{ENDINGS[row.format]}"
    return Download(name, TYPES[row.format], size, store().chunks(row.file))
