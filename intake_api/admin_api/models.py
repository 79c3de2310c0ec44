"""Models: what is in force, versions, training, promotion and the way back (SPEC 10.4 to 10.6)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import STAFF, Actor
from core.kit.errors import NotFound
from intake_api.rest import Body, route

blueprint = Blueprint("admin_models", __name__, url_prefix="/api/v1/admin/models")
MODELS = ("fraud", "quality", "price")


class Promotion(Body):
    """``override`` says in 20 characters or more why a version that is not better is wanted all the same."""

    override: str | None = None
    memo: str = ""


class Return(Body):
    """Why the model goes back to what was in force before; ``standing`` names the version that is left, so that two who
    ask at once go back one step and not two."""

    memo: str = ""
    standing: UUID


@route(blueprint, "GET", "", "admin", "analyst", "scientist")
def model_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """What is in force, by model; one without a champion goes by its written rule."""
    actor.require(*STAFF)
    force = advice.in_force(session)
    return {"items": [{"model": name} | asdict(force.get(name, advice.InForce())) for name in MODELS]}


@route(blueprint, "GET", "/<model>/versions", "admin", "analyst", "scientist")
def version_list(session: Session, actor: Actor, _given: None, *, model: str, now: datetime) -> Any:
    """A model's versions with the figures of their hold-outs, newest first."""
    return {"items": advice.versions(session, actor=actor, model=_known(model))}


@route(blueprint, "GET", "/<model>/changes", "admin", "analyst", "scientist")
def change_list(session: Session, actor: Actor, _given: None, *, model: str, now: datetime) -> Any:
    """Promotions and returns with their reasons, newest first."""
    return {"items": advice.changes(session, actor=actor, model=_known(model))}


@route(blueprint, "GET", "/<model>/training", "admin", "analyst", "scientist")
def training(session: Session, actor: Actor, _given: None, *, model: str, now: datetime) -> Any:
    """How the latest training stands; ``null`` when there was none."""
    return {"training": advice.latest_training(session, actor=actor, model=_known(model))}


@route(blueprint, "POST", "/<model>/training", "admin", "scientist", status=202)
def train(session: Session, actor: Actor, _given: None, *, model: str, now: datetime) -> Any:
    """Have a worker train a model; ``asked`` is false when that is under way already."""
    return {"asked": advice.ask_training(session, actor=actor, model=_known(model), now=now)}


@route(blueprint, "POST", "/versions/<uuid:version_id>/compare", "admin", "scientist")
def compare(session: Session, actor: Actor, _given: None, *, version_id: UUID, now: datetime) -> Any:
    """A version beside what is in force, asked about the same leads."""
    from ml import registry  # heavy; only this route and the next two need it

    return {"comparison": registry.compare(session, actor=actor, version_id=version_id, now=now)}


@route(blueprint, "POST", "/versions/<uuid:version_id>/promote", "admin", "scientist", body=Promotion)
def promote(session: Session, actor: Actor, given: Promotion, *, version_id: UUID, now: datetime) -> Any:
    """Put a version in force when it is better on the hold-out, or when ``override`` says why all the same."""
    from ml import registry

    return {"version": registry.promote(session, actor=actor, version_id=version_id, **given.model_dump(), now=now)}


@route(blueprint, "POST", "/<model>/roll-back", "admin", "scientist", body=Return)
def roll_back(session: Session, actor: Actor, given: Return, *, model: str, now: datetime) -> Any:
    """Put in force what was before; ``null`` is the written rule."""
    from ml import registry

    return {"version": registry.roll_back(session, actor=actor, model=_known(model), **given.model_dump(), now=now)}


def _known(model: str) -> str:
    if model not in MODELS:
        raise NotFound("model.unknown", f"There is no such model. There are: {', '.join(MODELS)}.")
    return model
