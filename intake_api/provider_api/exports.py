"""A file of the caller's own leads, five a day (SPEC 7.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import Actor
from intake_api.rest import Body, Day, route

blueprint = Blueprint("provider_exports", __name__, url_prefix="/api/v1/provider")


class OwnExport(Body):
    """Which of the caller's leads, and how they are written."""

    format: str = "csv"
    since: Day | None = None
    until: Day | None = None
    market_id: UUID | None = None
    niche_id: UUID | None = None


@route(blueprint, "POST", "/reports/export", "provider", body=OwnExport, status=202)
def export_own(session: Session, actor: Actor, given: OwnExport, *, now: datetime) -> Any:
    """Queue a file of the caller's leads; ``GET /exports/{id}/status`` tells how far it is and gives the link."""
    wanted = given.model_dump()
    return {"export": reports.exports.request_export(session, actor=actor, dataset="own_leads", **wanted, now=now)}
