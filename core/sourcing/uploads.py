"""A file on its way in: looked at, then sealed with the job that takes it in, and wiped with it (SPEC 8.1, 13.1)."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from zlib import compress, decompress

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Conflict, Invalid
from core.sourcing import permission, runs, sources
from core.sourcing.connectors.files.brought_file import Preview, headers_of, preview
from core.sourcing.connectors.files.table_columns import meanings
from core.sourcing.connectors.files.upload import upload_settings
from core.sourcing.errors import SourceBusy
from core.sourcing.files import note_file
from core.sourcing.models import Source

JOB = "source.file"
TAKEN = "This file has been taken in already; nothing in it is new. Choose another one."


class FileTaken(Conflict):
    """The last file of the source was this very one, to its end."""

    def __init__(self) -> None:
        super().__init__("upload.taken", TAKEN)


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file whose job is open: how many rows it has, since when it is, and why the last try ended, if one did."""

    rows: int
    since: datetime
    error: str | None


def look_at_file(
    session: Session, *, actor: Actor, source_id: UUID, content: bytes, chosen: Mapping[str, str] | None = None
) -> Preview:
    """What a file for this source holds, read by the source's own mapping and over it ``chosen``; nothing is taken in.

    Raises ``Invalid`` for what is no such file or mapping, ``SourceNotFound``.
    """
    found = preview(content, mapping_of(session, actor=actor, source_id=source_id, content=content, chosen=chosen))
    source = of_files(session, source_id)
    return replace(found, notes=(*found.notes, TAKEN)) if _taken(source, found) else found


def mapping_of(
    session: Session, *, actor: Actor, source_id: UUID, content: bytes, chosen: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What columns of this file mean beyond their names (header: field): as the source knows them, and over it ``chosen``."""
    actor.require("admin")
    known = upload_settings(of_files(session, source_id).settings).mapping
    headers = headers_of(content)
    return {header: field for header, field in known.items() if header in headers} | dict(chosen or {})


def request_file(
    session: Session, *, actor: Actor, source_id: UUID, content: bytes, looked: Preview, name: str = "", now: datetime
) -> UUID:
    """Have a worker take a file in as it was ``looked`` at; returns the job. One file of a source at a time.

    ``name``: what the file is called where it comes from, for the list of files.

    Raises ``Invalid`` without a row to read, ``FileTaken``, ``SourceNotPermitted``, ``SourcePaused``, ``SourceBusy``.
    """
    actor.require("admin")
    source = of_files(session, source_id)
    permission.require_permission(session, source_id, now=now)
    runs.check_awake(source, "upload", now=now)
    if looked.sha256 != sha256(content).hexdigest():
        raise Invalid("upload.other", "This is another file than the one you looked at. Choose it again.")
    if not looked.rows:
        raise Invalid("upload.no_rows", "No row of this file can be read. Correct it, then choose it again.")
    if _taken(source, looked):
        raise FileTaken
    mapping = {column.header: column.field for column in looked.columns}
    _keep(session, actor, source, mapping, now=now)
    payload = {"source_id": str(source_id), "asked_by": str(actor.user_id), "rows": looked.rows, "mapping": mapping}
    sealed = {"file": b64encode(compress(content)).decode()}
    job_id = outbox.enqueue(session, JOB, key=str(source_id), now=now, payload=payload, sealed=sealed, priority=6)
    if job_id is None:
        raise SourceBusy
    note_file(
        session, actor=actor, file_id=job_id, source_id=source_id, door="page", name=name, content=content, looked=looked,
        now=now,
    )  # fmt: skip
    told_of_file(session, actor, source_id, looked, now=now)
    return job_id


def told_of_file(session: Session, actor: Actor, source_id: UUID, looked: Preview, *, now: datetime) -> None:
    """Tell the trail that a file is taken in."""
    after = {"sha256": looked.sha256, "rows": looked.rows}
    audit.record(session, actor, "source.file_asked", entity_type="source", entity_id=source_id, now=now, after=after)


def _keep(session: Session, actor: Actor, source: Source, mapping: Mapping[str, str], *, now: datetime) -> None:
    """Remember what a person made of columns, so that the source's next file is read alike."""
    by_name = meanings(list(mapping))
    known = dict(upload_settings(source.settings).mapping)
    others = {header: field for header, field in known.items() if header not in mapping}
    kept = others | {header: field for header, field in mapping.items() if field != by_name[header]}
    if kept == known:
        return
    source.settings, source.updated_at = {**source.settings, "mapping": kept}, now
    audit.record(
        session, actor, "source.changed", entity_type="source", entity_id=source.id, now=now,
        before={"mapping": known}, after={"mapping": kept},
    )  # fmt: skip
    session.flush()


def file_of(sealed: Json) -> bytes:
    """The file that a job carries."""
    return decompress(b64decode(sealed["file"]))


def waiting_file(session: Session, *, actor: Actor, source_id: UUID) -> WaitingFile | None:
    """The file of a source that is not through yet, whoever brought it."""
    actor.require("admin")
    row = session.execute(
        text("""select (payload ->> 'rows')::bigint as rows, created_at as since, error from outbox
                where kind = :kind and key = :key and state in ('ready', 'taken')"""),
        {"kind": JOB, "key": str(source_id)},
    ).one_or_none()
    return WaitingFile(*row) if row else None


def of_files(session: Session, source_id: UUID) -> Source:
    """The source; raises ``Invalid`` when it takes no files, ``SourceNotFound``."""
    source = sources.find_source(session, source_id)
    if source.kind != "upload":
        raise Invalid("upload.source", "Only a source of the kind Files takes files. Choose or add one.")
    return source


def _taken(source: Source, looked: Preview) -> bool:
    cursor = source.cursor or {}
    return cursor.get("file") == looked.sha256 and int(cursor.get("done", 0)) >= looked.rows + looked.bad_rows
