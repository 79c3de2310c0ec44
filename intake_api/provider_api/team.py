"""The people of the caller's own company (SPEC 1.3, 7.8)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import accounts
from core.kit.actor import Actor
from intake_api.rest import Body, route

blueprint = Blueprint("provider_team", __name__, url_prefix="/api/v1/provider/team")


class Invitation(Body):
    """Whom to invite."""

    email: Annotated[str, StringConstraints(max_length=300)]


@route(blueprint, "GET", "", "provider")
def team(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Everybody of the company, invited people too."""
    return {"items": accounts.team(session, actor=actor)}


@route(blueprint, "POST", "", "provider", body=Invitation, status=201)
def invite(session: Session, actor: Actor, given: Invitation, *, now: datetime) -> Any:
    """Invite a colleague by mail, or send the invitation again; for owners."""
    accounts.invite(session, actor=actor, email=given.email, now=now)
    return {"items": accounts.team(session, actor=actor)}


@route(blueprint, "DELETE", "/<uuid:user_id>", "provider")
def remove(session: Session, actor: Actor, _given: None, *, user_id: UUID, now: datetime) -> Any:
    """Take a colleague out of the company, or an invitation back; for owners."""
    accounts.remove_member(session, actor=actor, user_id=user_id, now=now)
    return {"removed": user_id}


@route(blueprint, "POST", "/<uuid:user_id>/hand-over", "provider")
def hand_over(session: Session, actor: Actor, _given: None, *, user_id: UUID, now: datetime) -> Any:
    """Make a colleague the owner in the caller's place."""
    accounts.hand_over(session, actor=actor, user_id=user_id, now=now)
    return {"items": accounts.team(session, actor=actor)}
