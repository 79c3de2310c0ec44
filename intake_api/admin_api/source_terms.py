"""On which terms a source is used: what it may be used for and on what ground, and what it costs (SPEC 8.2, 8.6)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictBool, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import sourcing
from core.kit.actor import Actor
from core.kit.errors import NotFound
from core.sourcing import Robots, Uses
from intake_api.rest import Body, Day, Moment, route

blueprint = Blueprint("admin_source_terms", __name__, url_prefix="/api/v1/admin/sources")
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class RobotsRead(Body):
    """What the site's robots.txt said of our pages, when it was read, and the SHA-256 of the file as 64 hexadecimal digits."""

    verdict: Literal["allowed", "disallowed", "absent"]
    at: Moment
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class Decision(Body):
    """What was decided by whoever read the terms: ``with_consent`` sells only with the consumer's own."""

    decision: Literal["granted", "denied"]
    may_enrich: StrictBool = False
    may_price: StrictBool = False
    may_sell: Literal["never", "with_consent", "allowed"] = "never"
    licence: Words
    evidence: Words
    terms_url: Annotated[str, StringConstraints(max_length=2000)] | None = None
    robots: RobotsRead | None = None
    valid_until: Moment | None = None


class NewCost(Body):
    """Cents from a day on: every month, for each lead, or once on that day."""

    kind: Literal["monthly", "per_lead", "once"]
    amount_cents: Annotated[StrictInt, Field(ge=1, le=100_000_000)]
    starts_on: Day
    ends_on: Day | None = None
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class End(Body):
    """The last day on which it counts."""

    ends_on: Day


@route(blueprint, "GET", "/<uuid:source_id>/permissions", "admin", "analyst")
def permissions(session: Session, actor: Actor, _given: None, *, source_id: UUID, now: datetime) -> Any:
    """Every record of permission, newest first; at most one is ``in_force``."""
    sourcing.find_source(session, source_id)
    return {"items": sourcing.permissions_of(session, actor=actor, source_id=source_id, now=now)}


@route(blueprint, "POST", "/<uuid:source_id>/permissions", "admin", body=Decision, status=201)
def decide(session: Session, actor: Actor, given: Decision, *, source_id: UUID, now: datetime) -> Any:
    """Record what a source may be used for, in the caller's name; ``denied`` stops it, and nothing of it is sold from now on."""
    told = {"source_id": source_id, "licence": given.licence, "evidence": given.evidence, "now": now}
    if given.decision == "denied":
        sourcing.deny_permission(session, actor=actor, **told)
    else:
        read = given.robots
        sourcing.grant_permission(
            session,
            actor=actor,
            uses=Uses(given.may_enrich, given.may_price, given.may_sell),
            terms_url=given.terms_url,
            robots=Robots(read.verdict, read.at, bytes.fromhex(read.hash) if read.hash else None) if read else None,
            valid_until=given.valid_until,
            **told,
        )
    return permissions(session, actor, None, source_id=source_id, now=now)


@route(blueprint, "POST", "/<uuid:source_id>/costs", "admin", body=NewCost, status=201)
def add_cost(session: Session, actor: Actor, given: NewCost, *, source_id: UUID, now: datetime) -> Any:
    """Enter what a source costs; the cost of a lead follows from it."""
    sourcing.add_cost(session, actor=actor, source_id=source_id, **given.model_dump(), now=now)
    return {"items": sourcing.costs_of(session, actor=actor, source_id=source_id)}


@route(blueprint, "PUT", "/<uuid:source_id>/costs/<uuid:cost_id>", "admin", body=End)
def end_cost(session: Session, actor: Actor, given: End, *, source_id: UUID, cost_id: UUID, now: datetime) -> Any:
    """Let a cost end on a day."""
    if cost_id not in {cost.id for cost in sourcing.costs_of(session, actor=actor, source_id=source_id)}:
        raise NotFound("cost.not_found", "There is no such cost.")
    sourcing.end_cost(session, actor=actor, cost_id=cost_id, ends_on=given.ends_on, now=now)
    return {"items": sourcing.costs_of(session, actor=actor, source_id=source_id)}
