"""Replays: a niche's past once more under other rules, asked for, watched and read (SPEC 5.8)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import distribution, niches
from core.kit.actor import Actor
from intake_api.rest import Body, Moment, Query, route

blueprint = Blueprint("admin_replays", __name__, url_prefix="/api/v1/admin")


class Otherwise(Body):
    """A setting and what it is to be: ``level.Shared.price_cents``, ``niche.max_providers``, ``subscription.UUID.paused``."""

    setting: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    value: Any


class NewReplay(Body):
    """A niche's runs from ``since`` up to ``until``, and what is to be otherwise; nothing of it: as it was."""

    niche_id: UUID
    since: Moment
    until: Moment
    changes: list[Otherwise] = Field(default_factory=list, max_length=50)


class Latest(Query):
    """How many."""

    limit: int = Field(10, ge=1, le=100)


@route(blueprint, "POST", "/replays", "admin", "analyst", body=NewReplay, status=202)
def ask(session: Session, actor: Actor, given: NewReplay, *, now: datetime) -> Any:
    """Queue a replay; nothing real is touched. Look at it by its id until ``finished_at`` is there."""
    niche = niches.get_niche(session, given.niche_id)
    changes = [distribution.read_change(session, niche, one.setting, one.value) for one in given.changes]
    asked = distribution.ask_replay(
        session, actor=actor, niche_id=niche.id, since=given.since, until=given.until, changes=changes, now=now
    )
    return {"replay": distribution.get_replay(session, actor=actor, request_id=asked)}


@route(blueprint, "GET", "/replays/<uuid:replay_id>", "admin", "analyst")
def look(session: Session, actor: Actor, _given: None, *, replay_id: UUID, now: datetime) -> Any:
    """How far a replay is, and what came of it or why nothing did."""
    return {"replay": distribution.get_replay(session, actor=actor, request_id=replay_id)}


@route(blueprint, "GET", "/niches/<uuid:niche_id>/replays", "admin", "analyst", query=Latest)
def latest(session: Session, actor: Actor, given: Latest, *, niche_id: UUID, now: datetime) -> Any:
    """A niche's replays, newest first."""
    return {"items": distribution.recent_replays(session, actor=actor, niche_id=niche_id, limit=given.limit)}
