"""Leads on sale that suit a company, with the reason, and what the company says of them (SPEC 9.5)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import Actor
from intake_api.provider_api.marketplace import card_json
from intake_api.rest import Body, Query, route

blueprint = Blueprint("provider_recommendations", __name__, url_prefix="/api/v1/marketplace")


class Most(Query):
    """How many."""

    limit: int = Field(10, ge=1, le=50)


class Said(Body):
    """``helpful`` or ``not_for_me`` of the lead, ``wrong_price`` of what it costs."""

    verdict: Literal["helpful", "not_for_me", "wrong_price"]


@route(blueprint, "GET", "/recommendations", "provider", query=Most)
def recommendations(session: Session, actor: Actor, given: Most, *, now: datetime) -> Any:
    """Listings that suit the company best, best first, each with ``because``."""
    from ml.recommend import recommended

    shown = recommended(session, actor=actor, most=given.limit, now=now)
    return {"items": [{"listing": card_json(each.card), "because": each.because} for each in shown]}


@route(blueprint, "POST", "/listings/<uuid:lead_id>/feedback", "provider", body=Said, status=201)
def feedback(session: Session, actor: Actor, given: Said, *, lead_id: UUID, now: datetime) -> Any:
    """Say whether a lead suits, or that its price is wrong; recommendations and prices are learned from it."""
    advice.give_feedback(session, actor=actor, lead_id=lead_id, verdict=given.verdict, now=now)
    return {"said": sorted(advice.feedback_of(session, actor=actor, lead_ids=[lead_id])[lead_id])}
