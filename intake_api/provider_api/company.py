"""The company's profile, where it works, and which mail it wants (SPEC 4.4, 7.6, 7.8)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import StrictBool, StringConstraints
from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from core.kit.db import Json
from intake_api.rest import Body, route

blueprint = Blueprint("provider_company", __name__, url_prefix="/api/v1/provider")
Short = Annotated[str, StringConstraints(max_length=300)]


class Profile(Body):
    """What the company tells about itself."""

    company_name: Short
    phone: Short
    website: Short | None = None
    about: Annotated[str, StringConstraints(max_length=4000)] = ""


class Area(Body):
    """A service area: ``definition`` depends on ``kind`` (polygon, circle, zips, county, market)."""

    name: Short
    kind: Short
    definition: Json


class Preferences(Body):
    """Kinds of e-mail switched on or off; those not named stay as they are."""

    choices: dict[str, StrictBool]


@route(blueprint, "GET", "/profile", "provider")
def profile(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The company's own profile, standing and balance."""
    return {"profile": providers.get_provider(session, actor=actor, now=now)}


@route(blueprint, "PUT", "/profile", "provider", body=Profile)
def save_profile(session: Session, actor: Actor, given: Profile, *, now: datetime) -> Any:
    """Save the profile; complete, it lets an administrator activate the company."""
    providers.complete_profile(session, actor=actor, **given.model_dump(), now=now)
    return {"profile": providers.get_provider(session, actor=actor, now=now)}


@route(blueprint, "GET", "/areas", "provider")
def areas(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The service areas and all of them together; none means everywhere."""
    served = providers.served_land(session, actor=actor)
    return {"items": providers.areas_of(session, actor=actor), "served": served}


@route(blueprint, "POST", "/areas", "provider", body=Area, status=201)
def add_area(session: Session, actor: Actor, given: Area, *, now: datetime) -> Any:
    """Add a service area."""
    return {"area": providers.add_area(session, actor=actor, **given.model_dump(), now=now)}


@route(blueprint, "DELETE", "/areas/<uuid:area_id>", "provider")
def remove_area(session: Session, actor: Actor, _given: None, *, area_id: UUID, now: datetime) -> Any:
    """Remove a service area."""
    providers.remove_area(session, actor=actor, area_id=area_id, now=now)
    return {"removed": area_id}


@route(blueprint, "GET", "/notification-preferences", "provider")
def preferences(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every kind of e-mail; ``why`` says why one can't be switched off."""
    return {"items": providers.get_preferences(session, actor=actor)}


@route(blueprint, "PUT", "/notification-preferences", "provider", body=Preferences)
def save_preferences(session: Session, actor: Actor, given: Preferences, *, now: datetime) -> Any:
    """Switch kinds of e-mail on or off."""
    return {"items": providers.set_preferences(session, actor=actor, choices=given.choices, now=now)}
