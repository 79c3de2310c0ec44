"""Competition levels: create, change, order, delete (SPEC 4.1)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import StrictBool, StrictInt
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from intake_api.rest import Body, Query, route

blueprint = Blueprint("admin_levels", __name__, url_prefix="/api/v1/admin/competition-levels")


class OfNiche(Query):
    """Whose levels."""

    niche_id: UUID


class NewLevel(Body):
    """A level at the end of its niche's order."""

    niche_id: UUID
    name: str
    price_cents: StrictInt
    max_recipients: StrictInt
    description: str = ""
    exclusive: StrictBool = False


class LevelChange(Body):
    """What is named changes; ``active`` puts the level on offer or takes it off."""

    name: str | None = None
    description: str | None = None
    price_cents: StrictInt | None = None
    max_recipients: StrictInt | None = None
    exclusive: StrictBool | None = None
    rotation: str | None = None
    active: StrictBool | None = None


class Order(Body):
    """Every level of the niche, first to last."""

    niche_id: UUID
    level_ids: list[UUID]


@route(blueprint, "GET", "", "admin", "analyst", query=OfNiche)
def levels(session: Session, actor: Actor, given: OfNiche, *, now: datetime) -> Any:
    """All levels of a niche in order, inactive ones too."""
    return {"items": niches.levels_of(session, niches.get_niche(session, given.niche_id).id)}


@route(blueprint, "POST", "", "admin", body=NewLevel, status=201)
def create(session: Session, actor: Actor, given: NewLevel, *, now: datetime) -> Any:
    """Add a level."""
    return {"level": niches.create_level(session, actor=actor, **given.model_dump(), now=now)}


@route(blueprint, "PUT", "/<uuid:level_id>", "admin", body=LevelChange)
def edit(session: Session, actor: Actor, given: LevelChange, *, level_id: UUID, now: datetime) -> Any:
    """Change a level; a higher price is announced first when it has subscribers."""
    niches.edit_level(session, actor=actor, level_id=level_id, **given.model_dump(exclude={"active"}), now=now)
    level = niches.get_level(session, level_id)
    if given.active is not None and given.active != level.active:
        switch = niches.activate_level if given.active else niches.deactivate_level
        level = switch(session, actor=actor, level_id=level_id, now=now)
    return {"level": level}


@route(blueprint, "DELETE", "/<uuid:level_id>", "admin")
def delete(session: Session, actor: Actor, _given: None, *, level_id: UUID, now: datetime) -> Any:
    """Delete a level that nothing refers to."""
    niches.delete_level(session, actor=actor, level_id=level_id, now=now)
    return {"removed": level_id}


@route(blueprint, "DELETE", "/<uuid:level_id>/next-price", "admin")
def keep_price(session: Session, actor: Actor, _given: None, *, level_id: UUID, now: datetime) -> Any:
    """Take an announced price back; subscribers are told that the present one stays."""
    return {"level": niches.cancel_price_change(session, actor=actor, level_id=level_id, now=now)}


@route(blueprint, "POST", "/reorder", "admin", body=Order)
def reorder(session: Session, actor: Actor, given: Order, *, now: datetime) -> Any:
    """Put a niche's levels into this order."""
    return {"items": niches.reorder_levels(session, actor=actor, niche_id=given.niche_id, level_ids=given.level_ids, now=now)}
