"""What a notebook said, as a page of its own: shown in a frame of the app, and never allowed to run anything (SPEC 10.5)."""

from uuid import UUID

from flask import Blueprint, Response

from core import advice
from core.kit.db import transaction
from core.kit.errors import Gone, NotFound
from core.reports import exports
from intake_api.context import signed_in

blueprint = Blueprint("notebook_pages", __name__)
# ``sandbox`` without a word more: no scripts, no forms, no origin. Pictures are part of the page itself.
POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"


@blueprint.get("/notebook-runs/<uuid:run_id>/page")
def rendered(run_id: UUID) -> Response:
    """The page of a run that is over; staff only."""
    with transaction() as session:
        run = advice.notebooks.run(session, actor=signed_in(session, "admin", "analyst", "scientist"), run_id=run_id)
    if run.expired_at is not None:
        raise Gone("notebook.page_gone", "This page was kept for its time and is deleted. Run the notebook again.")
    if run.file is None or exports.store().size(run.file) is None:
        raise NotFound("notebook.no_page", "This run has left no page to read. Run the notebook again.")
    headers = {"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "private, no-store"}
    return Response(exports.store().chunks(run.file), content_type="text/html; charset=utf-8", headers=headers)
