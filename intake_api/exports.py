"""Files that people asked for: how far they are, and the files themselves, streamed (SPEC 12.3)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from core import reports
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import transaction
from intake_api.context import signed_in
from intake_api.given import read
from intake_api.rest import Page, Query, page, route

blueprint = Blueprint("exports", __name__, url_prefix="/api/v1/exports")
ANYBODY: tuple[Any, ...] = ("admin", "analyst", "scientist", "provider")


class Signed(Query):
    """What a link carries."""

    expires: int = 0
    signature: str = ""


@route(blueprint, "GET", "", *ANYBODY, query=Page)
def own_exports(session: Session, actor: Actor, given: Page, *, now: datetime) -> Any:
    """The caller's own exports, newest first; an admin sees everybody's."""
    rows = reports.exports.exports_of(session, actor=actor, before_id=given.after, limit=given.limit, now=now)
    return page(rows, given.limit)


@route(blueprint, "GET", "/<uuid:export_id>/status", *ANYBODY)
def status(session: Session, actor: Actor, _given: None, *, export_id: UUID, now: datetime) -> Any:
    """How far an export is; ``link`` is there once it is ready and works for an hour."""
    return {"export": reports.exports.get_export(session, actor=actor, export_id=export_id, now=now)}


@blueprint.get("/<uuid:export_id>/download")
def download(export_id: UUID) -> Response:
    """The file behind a signed link, for who asked for it; 410 once link or file has run out."""
    given = read(Signed, dict(request.args))
    with transaction() as session:
        file = reports.exports.download(
            session,
            actor=signed_in(session, *ANYBODY),
            export_id=export_id,
            expires=given.expires,
            signature=given.signature,
            now=clock.utc_now(),
        )
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Content-Length": str(file.length),
        "Cache-Control": "private, no-store",
    }
    return Response(file.chunks, content_type=file.content_type, headers=headers)
