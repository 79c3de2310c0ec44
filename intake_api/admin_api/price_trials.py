"""Trials of prices: the model in use against the written rule, by listing (SPEC 10.6, docs/adr/0025)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import pricing
from core.kit.actor import Actor
from intake_api.rest import Body, route

blueprint = Blueprint("admin_price_trials", __name__, url_prefix="/api/v1/admin/price-trials")


class NewTrial(Body):
    """Which share of the listings the model prices, for how many days each counts, and how many are planned."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    model_percent: StrictInt = 50
    window_days: StrictInt = 7
    planned: StrictInt = 1000


class End(Body):
    """Why the trial ends without a winner."""

    memo: Annotated[str, StringConstraints(max_length=1000)]


@route(blueprint, "GET", "", "admin", "analyst", "scientist")
def trials(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The latest twenty trials, newest first; one that runs has no ``ended_at``."""
    return {"items": pricing.trials(session, actor=actor)}


@route(blueprint, "GET", "/<uuid:trial_id>", "admin", "analyst", "scientist")
def trial(session: Session, actor: Actor, _given: None, *, trial_id: UUID, now: datetime) -> Any:
    """How a trial stands: both ways, and the difference with bounds that hold however often anybody looks."""
    return {"reading": pricing.reading(session, actor=actor, trial_id=trial_id, now=now)}


@route(blueprint, "POST", "", "admin", "scientist", body=NewTrial, status=201)
def start(session: Session, actor: Actor, given: NewTrial, *, now: datetime) -> Any:
    """Try the price model in use on a part of the listings that open from now on; one trial at a time."""
    return {"trial": pricing.start_trial(session, actor=actor, **given.model_dump(), now=now)}


@route(blueprint, "POST", "/stop", "admin", "scientist", body=End)
def stop(session: Session, actor: Actor, given: End, *, now: datetime) -> Any:
    """End the running trial without a winner: the model in use prices on."""
    return {"trial": pricing.stop_trial(session, actor=actor, memo=given.memo, now=now)}
