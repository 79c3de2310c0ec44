"""Files that are taken in while their sender waits: by API portion by portion, an ADF document whole (SPEC 8.1).

Each is a run of its own, so that the list of files tells what came of it. One that breaks off is sent again.
"""

from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from core.sourcing import runs
from core.sourcing.connectors.files.brought_file import Preview
from core.sourcing.files import Door, note_document, note_file
from core.sourcing.receive import Inlet, receive
from core.sourcing.record import Pushed
from core.sourcing.runs import RunCounts, Walk
from core.sourcing.uploads import of_files, told_of_file

DOCUMENTS = ("adf",)  # kinds whose calls are documents that people ask for by name


def begin_file(
    session: Session, *, actor: Actor, source_id: UUID, name: str, content: bytes, looked: Preview, now: datetime
) -> Walk:
    """Note a file that came by API and begin its run; ``receive`` takes its portions in.

    Raises ``Invalid`` for a source that takes no files, ``SourceNotPermitted``, ``SourcePaused``.
    """
    actor.require("admin")
    of_files(session, source_id)
    file_id = note(session, actor=actor, source_id=source_id, door="api", name=name, content=content, looked=looked, now=now)
    return runs.begin_run(
        session, actor=actor, source_id=source_id, cause="upload", job_id=file_id, expected=looked.rows, now=now
    )  # fmt: skip


def note(
    session: Session, *, actor: Actor, source_id: UUID, door: Door, name: str, content: bytes, looked: Preview, now: datetime
) -> UUID:
    """Keep that a file is taken in without a job of its own; returns what its run has to name.

    Raises ``Invalid`` for a file that has no row, readable or not.
    """
    if not looked.rows + looked.bad_rows:
        raise Invalid("upload.no_rows", "This file has no rows below its header.")
    file_id = uuid7()
    note_file(
        session, actor=actor, file_id=file_id, source_id=source_id, door=door, name=name, content=content, looked=looked, now=now
    )
    told_of_file(session, actor, source_id, looked, now=now)
    return file_id


def end_file(session: Session, *, walk: Walk, error: str | None = None, now: datetime) -> None:
    """The file is through, or broke off with an ``error`` in words; what came of its portions stays."""
    runs.end_aside(session, run_id=walk.run_id, error=error, now=now)


def receive_call(session: Session, *, inlet: Inlet, pushed: Pushed, body: bytes, now: datetime) -> RunCounts:
    """``receive`` what one call brought. A document is noted as a file, with its own run."""
    whole = inlet.kind in DOCUMENTS and bool(pushed.records)
    begin = partial(_begin_document, session, inlet, len(pushed.records), body, now) if whole else None
    return receive(session, source_id=inlet.source_id, pushed=pushed, begin=begin, now=now)


def _begin_document(session: Session, inlet: Inlet, prospects: int, body: bytes, now: datetime) -> Walk:
    """The document's own run, over as soon as the transaction that counts it is."""
    file_id = uuid7()
    walk = runs.begin_run(
        session, actor=SYSTEM, source_id=inlet.source_id, cause="push", job_id=file_id, expected=prospects, now=now
    )  # fmt: skip
    note_document(
        session, file_id=file_id, source_id=inlet.source_id, sha256=sha256(body).hexdigest(), prospects=prospects, now=now
    )  # fmt: skip
    runs.end_aside(session, run_id=walk.run_id, now=now)
    return walk
