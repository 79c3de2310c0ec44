"""What staff say of a lead's fraud reasons (SPEC 10.2)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import Actor
from intake_api.rest import Body, route

blueprint = Blueprint("admin_fraud_feedback", __name__, url_prefix="/api/v1/admin/leads")


class Said(Body):
    """Are the reasons right?"""

    verdict: Literal["looks_like_fraud", "not_fraud"]


@route(blueprint, "POST", "/<uuid:lead_id>/fraud-feedback", "admin", "analyst", body=Said, status=201)
def fraud_feedback(session: Session, actor: Actor, given: Said, *, lead_id: UUID, now: datetime) -> Any:
    """Say whether a lead looks like fraud; the fraud model learns from it, and nothing is decided by it."""
    advice.give_feedback(session, actor=actor, lead_id=lead_id, verdict=given.verdict, now=now)
    return {"said": sorted(advice.feedback_of(session, actor=actor, lead_ids=[lead_id])[lead_id])}
