"""Policies by date, and what they make of a lead at any moment (SPEC 2.5, 2.6)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import leads, policies
from core.kit.actor import Actor
from intake_api import rest
from intake_api.rest import Body, Query, route

blueprint = Blueprint("admin_policies", __name__, url_prefix="/api/v1/admin")


class NewPolicy(Body):
    """A rule from a moment on; without ``value`` it ends there. Days, minutes after midnight, or 1 for yes."""

    rule: str
    value: StrictInt | None
    effective_from: rest.Moment
    ground: Annotated[str, StringConstraints(max_length=1000)]
    state: str | None = None
    niche_id: UUID | None = None


class Which(Query):
    """One rule's policies, or all."""

    rule: str | None = None
    limit: int = Field(200, ge=1, le=1000)


class Moment(Query):
    """The moment to judge by; now, unless named."""

    at: rest.Moment | None = None


@route(blueprint, "GET", "/policies", "admin", "analyst", query=Which)
def policy_list(session: Session, actor: Actor, given: Which, *, now: datetime) -> Any:
    """Policies by the day they begin, the latest first."""
    return {"items": policies.policies(session, actor=actor, rule=given.rule, limit=given.limit, now=now)}


@route(blueprint, "POST", "/policies", "admin", body=NewPolicy, status=201)
def add_policy(session: Session, actor: Actor, given: NewPolicy, *, now: datetime) -> Any:
    """Add a policy from a day to come; what was judged before stays as it was."""
    added = policies.add_policy(session, actor=actor, **given.model_dump(), now=now)
    return {"policy": {"id": added.id} | given.model_dump()}


@route(blueprint, "GET", "/leads/<uuid:lead_id>/judgement", "admin", "analyst", query=Moment)
def judgement(session: Session, actor: Actor, given: Moment, *, lead_id: UUID, now: datetime) -> Any:
    """Whether the lead may be sold and its person called at a moment, by which policies and lists."""
    return {"judgement": leads.judge(session, actor=actor, lead_id=lead_id, at=given.at or now)}
