"""Files for a source: a look first, then the taking in, and what could not be read as a file of its own (SPEC 8.1)."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from core import sourcing
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError, Invalid
from core.sourcing import Pushed, RawRecord, RowProblem, RunCounts, Walk
from intake_api.context import signed_in

blueprint = Blueprint("source_files", __name__, url_prefix="/api/v1/admin/sources")
PORTION = 500  # records a transaction
TOLD = 1_000  # problems in one answer
Mapping = dict[str, str]


@blueprint.post("/<uuid:source_id>/files/preview")
def preview(source_id: UUID) -> Response:
    """What a file (multipart: ``file``, and ``mapping`` as JSON of header to field) holds; nothing is taken in."""
    content, mapping = _given(source_id)
    return jsonify({"preview": asdict(sourcing.preview_file(content, mapping))})


@blueprint.post("/<uuid:source_id>/files/errors")
def errors(source_id: UUID) -> Response:
    """The rows of a file that can't be read, with the reason, as CSV; nothing is taken in."""
    content, mapping = _given(source_id)
    bad = (one for one in sourcing.read_file(content, chosen=mapping, now=clock.utc_now()) if isinstance(one, RowProblem))
    headers = {"Content-Disposition": 'attachment; filename="rows-with-problems.csv"', "Cache-Control": "private, no-store"}
    return Response(sourcing.error_file(bad), content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/<uuid:source_id>/files")
def take_in(source_id: UUID) -> Response:
    """Take a file in, 500 records a transaction; the same file again, or one that broke off, brings only what is missing."""
    content, mapping = _given(source_id)
    looked, name = sourcing.preview_file(content, mapping), request.files["file"].filename or ""
    with transaction() as session:
        walk = sourcing.begin_file(
            session, actor=_admin(session), source_id=source_id, name=name, content=content, looked=looked, now=clock.utc_now()
        )  # fmt: skip
    try:
        total, problems = _walked(walk, sourcing.read_file(content, chosen=mapping, now=clock.utc_now()))
    except HotleadsError as error:
        _end(walk, error.message)
        raise
    except Exception:
        _end(walk, "Something unexpected happened; the log of the web process tells what. Send the file again.")
        raise
    _end(walk, None)
    told = {"counts": asdict(total), "problem_rows": looked.bad_rows, "problems": [asdict(one) for one in problems]}
    return jsonify(told)


def _walked(walk: Walk, rows: Iterator[Any]) -> tuple[RunCounts, list[RowProblem]]:
    problems: list[RowProblem] = []
    total = RunCounts()
    for portion in _portions(rows):
        records = tuple(one for one in portion if isinstance(one, RawRecord))
        problems = [*problems, *(one for one in portion if isinstance(one, RowProblem))][:TOLD]
        with transaction() as session:
            _admin(session)
            counts = sourcing.receive(
                session, source_id=walk.source_id, pushed=Pushed(records), walk=walk, now=clock.utc_now()
            )  # fmt: skip
        total = RunCounts(**{name: value + getattr(counts, name) for name, value in asdict(total).items()})
    return total, problems


def _end(walk: Walk, error: str | None) -> None:
    with transaction() as session:
        sourcing.end_file(session, walk=walk, error=error, now=clock.utc_now())


def _given(source_id: UUID) -> tuple[bytes, Mapping]:
    """The file and the mapping: the source's own, and over it the one that came along."""
    request.max_content_length = sourcing.LARGEST_FILE + (1 << 20)
    with transaction() as session:
        _admin(session)
    file = request.files.get("file")
    if file is None:
        raise Invalid("upload.file", "Send the file as multipart/form-data in the field file.", fields={"file": "Choose a file."})
    content, chosen = file.stream.read(), _mapping()
    with transaction() as session:
        actor = _admin(session)
        return content, sourcing.mapping_of(session, actor=actor, source_id=source_id, content=content, chosen=chosen)


def _mapping() -> Mapping:
    try:
        found = json.loads(request.form.get("mapping") or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(field, str) for field in found.values()):
        words = {"mapping": "Send a JSON object of header to field."}
        raise Invalid("upload.mapping", "The mapping can't be read.", fields=words)
    return found


def _admin(session: Session) -> Actor:
    return signed_in(session, "admin")


def _portions(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while portion := list(islice(rows, PORTION)):
        yield portion
