"""Niches and the versions of their forms (SPEC 0, 2.1, 3.4)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictBool, StrictFloat, StrictInt
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import Json
from core.providers import publish_form
from intake_api.rest import Body, route

blueprint = Blueprint("admin_niches", __name__, url_prefix="/api/v1/admin/niches")


class NewNiche(Body):
    """A niche with the first version of its form; ``slug`` is made of the name when it is left out."""

    name: str
    form: Json = Field(alias="schema")
    max_providers: StrictInt
    slug: str | None = None
    description: str = ""
    listing_days: StrictInt = 30
    status: Literal["open", "closed"] = "open"


class NicheChange(Body):
    """What is named changes; leads that exist keep what they began with."""

    name: str | None = None
    description: str | None = None
    max_providers: StrictInt | None = None
    listing_days: StrictInt | None = None
    status: Literal["open", "closed"] | None = None
    auto_approve: StrictBool | None = None
    auto_approve_min_quality: StrictInt | None = None
    auto_approve_max_fraud: StrictFloat | None = None
    claim_auto_credit: StrictBool | None = None


class NewForm(Body):
    """The whole form; ``based_on`` is the version it was made from, so that nobody's change is lost."""

    form: Json = Field(alias="schema")
    based_on: StrictInt | None = None


class DraftForm(Body):
    """A form to look over."""

    form: Json = Field(alias="schema")


@route(blueprint, "GET", "", "admin", "analyst", "scientist")
def niche_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every niche by name, closed ones too."""
    return {"items": niches.list_niches(session)}


@route(blueprint, "POST", "", "admin", body=NewNiche, status=201)
def create(session: Session, actor: Actor, given: NewNiche, *, now: datetime) -> Any:
    """Add a niche; it needs levels before its leads are distributed."""
    wanted = given.model_dump(exclude={"form"})
    return {"niche": niches.create_niche(session, actor=actor, schema=given.form, **wanted, now=now)}


@route(blueprint, "GET", "/<uuid:niche_id>", "admin", "analyst", "scientist")
def niche(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """One niche with its settings."""
    return {"niche": niches.get_niche(session, niche_id)}


@route(blueprint, "PUT", "/<uuid:niche_id>", "admin", body=NicheChange)
def edit(session: Session, actor: Actor, given: NicheChange, *, niche_id: UUID, now: datetime) -> Any:
    """Change a niche's settings; a closed one takes no leads."""
    return {"niche": niches.edit_niche(session, actor=actor, niche_id=niche_id, **given.model_dump(), now=now)}


@route(blueprint, "GET", "/<uuid:niche_id>/schemas", "admin", "analyst", "scientist")
def schemas(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """Every version of a niche's form, newest first."""
    return {"items": niches.schema_versions(session, niches.get_niche(session, niche_id).id)}


@route(blueprint, "GET", "/<uuid:niche_id>/schemas/<int:version>", "admin", "analyst", "scientist")
def schema(session: Session, actor: Actor, _given: None, *, niche_id: UUID, version: int, now: datetime) -> Any:
    """What leads of one version were asked."""
    return {"version": version, "schema": niches.schema_at(session, niche_id, version)}


@route(blueprint, "POST", "/<uuid:niche_id>/schemas", "admin", body=NewForm, status=201)
def publish(session: Session, actor: Actor, given: NewForm, *, niche_id: UUID, now: datetime) -> Any:
    """Publish a form as the next version; filters that it breaks are marked and their owners told."""
    made = publish_form(session, actor=actor, niche_id=niche_id, schema=given.form, based_on=given.based_on, now=now)
    return {"version": made}


@route(blueprint, "POST", "/schemas/check", "admin", body=DraftForm)
def check(session: Session, actor: Actor, given: DraftForm, *, now: datetime) -> Any:
    """Every problem that a form would be refused for; nothing is stored."""
    return {"items": niches.check_schema(given.form)}
