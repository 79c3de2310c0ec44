"""Two requests that may be one person's: merged, kept apart, and either taken back (SPEC 8.4)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.sourcing import dedupe
from intake_api.rest import LONGEST_PAGE, PAGE, Query, route

blueprint = Blueprint("admin_duplicates", __name__, url_prefix="/api/v1/admin/duplicates")


class Pairs(Query):
    """Which pairs: those that wait, the likeliest first, or those decided, the latest first."""

    state: Literal["waiting", "decided"] = "waiting"
    limit: int = Field(PAGE, ge=1, le=LONGEST_PAGE)


@route(blueprint, "GET", "", "admin", "analyst", query=Pairs)
def pairs(session: Session, actor: Actor, given: Pairs, *, now: datetime) -> Any:
    """Pairs that wait for a decision, or that had one."""
    find = dedupe.waiting_pairs if given.state == "waiting" else dedupe.decided_pairs
    return {"items": find(session, actor=actor, most=given.limit)}


@route(blueprint, "GET", "/<uuid:pair_id>", "admin", "analyst")
def pair(session: Session, actor: Actor, _given: None, *, pair_id: UUID, now: datetime) -> Any:
    """One pair: both requests, how far they agree field by field, how likely they are one person's (0 to 1)."""
    return {"pair": dedupe.get_pair(session, actor=actor, pair_id=pair_id)}


@route(blueprint, "POST", "/<uuid:pair_id>/merge", "admin", "analyst", shows=pair)
def merge(session: Session, actor: Actor, _given: None, *, pair_id: UUID, now: datetime) -> None:
    """Make the newer request a duplicate of the older one, or the older where the newer was approved already."""
    found = dedupe.get_pair(session, actor=actor, pair_id=pair_id)
    newer, older = (found.second, found.first) if found.second.may_be_merged else (found.first, found.second)
    dedupe.merge(session, actor=actor, lead_id=newer.lead_id, into_id=older.lead_id, probability=found.probability, now=now)


@route(blueprint, "POST", "/<uuid:pair_id>/apart", "admin", "analyst", shows=pair)
def apart(session: Session, actor: Actor, _given: None, *, pair_id: UUID, now: datetime) -> None:
    """Decide that they are two people; the pair is not asked about again."""
    dedupe.keep_apart(session, actor=actor, pair_id=pair_id, now=now)


@route(blueprint, "POST", "/<uuid:pair_id>/undo", "admin", "analyst", shows=pair)
def undo(session: Session, actor: Actor, _given: None, *, pair_id: UUID, now: datetime) -> None:
    """Take the decision back: what was merged is split and goes on where it was, what was kept apart waits again."""
    found = dedupe.get_pair(session, actor=actor, pair_id=pair_id)
    if found.state == "merged":
        merged = found.second if found.second.status == "duplicate" else found.first
        dedupe.split(session, actor=actor, lead_id=merged.lead_id, now=now)
    else:
        dedupe.ask_again(session, actor=actor, pair_id=pair_id, now=now)
