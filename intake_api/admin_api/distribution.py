"""Distribution of one lead: run now, live status, sales, simulate, why and why not (SPEC 4.5, 5.5, 5.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from core import distribution
from core.kit.actor import Actor
from intake_api.rest import Page, Query, page, route

blueprint = Blueprint("admin_distribution", __name__, url_prefix="/api/v1/admin")


class ForSubscription(Query):
    """Whom the question is about."""

    subscription_id: UUID


class Days(Query):
    """How far to look back."""

    days: int = Field(30, ge=1, le=365)


class RunPage(Page):
    """Runs, of one niche when it is named."""

    niche_id: UUID | None = None


@route(blueprint, "POST", "/leads/<uuid:lead_id>/distribute", "admin", status=202)
def distribute(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """Queue a run of an approved lead ahead of others; ``job_id`` is null when one is queued already."""
    return {"job_id": distribution.run_now(session, actor=actor, lead_id=lead_id, now=now)}


@route(blueprint, "POST", "/leads/<uuid:lead_id>/simulate", "admin")
def simulate(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """What a run would do now; nothing is charged or sold."""
    return {"run": distribution.simulate(session, actor=actor, lead_id=lead_id, now=now)}


@route(blueprint, "GET", "/leads/<uuid:lead_id>/distribution-status", "admin", "analyst")
def distribution_status(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """The lead's status and slots, the job that waits or runs, and its runs, newest first."""
    return {"distribution": distribution.status(session, actor=actor, lead_id=lead_id, now=now)}


@route(blueprint, "GET", "/leads/<uuid:lead_id>/assignments", "admin", "analyst")
def assignments(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """Who was sold the lead by distribution: company, level, slot, price, and the run that did it."""
    runs = distribution.status(session, actor=actor, lead_id=lead_id, now=now).runs
    return {"items": [{"run_id": detail.run.id, "sale": sale} for detail in runs for sale in detail.sales]}


@route(blueprint, "GET", "/leads/<uuid:lead_id>/explain", "admin", "analyst", query=ForSubscription)
def explain(session: Session, actor: Actor, given: ForSubscription, *, lead_id: UUID, now: datetime) -> Any:
    """Each rule's verdict on the lead and one subscription; it could receive when all passed."""
    verdicts = distribution.explain(session, actor=actor, lead_id=lead_id, subscription_id=given.subscription_id, now=now)
    return {"eligible": all(verdict.passed for verdict in verdicts), "items": verdicts}


@route(blueprint, "GET", "/leads/<uuid:lead_id>/why", "admin", "analyst")
def why(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """Everybody whom each run of the lead considered: won, refused or standing still, why, and what would have won it."""
    return {"items": distribution.why(session, actor=actor, lead_id=lead_id)}


@route(blueprint, "GET", "/distribution/runs", "admin", "analyst", query=RunPage)
def runs(session: Session, actor: Actor, given: RunPage, *, now: datetime) -> Any:
    """Runs, newest first."""
    found = distribution.recent_runs(session, actor=actor, niche_id=given.niche_id, before_id=given.after, limit=given.limit)
    return page([detail.run for detail in found], given.limit) | {"items": found}


@route(blueprint, "GET", "/niches/<uuid:niche_id>/fairness", "admin", "analyst")
def fairness(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """Shares, starvation and Jain index of the niche's levels over the last 30 days."""
    return {"items": distribution.fairness(session, actor=actor, niche_id=niche_id, now=now)}


@route(blueprint, "GET", "/niches/<uuid:niche_id>/fairness-book", "admin", "analyst", query=Days)
def fairness_book(session: Session, actor: Actor, given: Days, *, niche_id: UUID, now: datetime) -> Any:
    """Expected against received, level by level: each day with Jain's index and the worst deficit, each subscription's line."""
    return {"items": distribution.fairness_book(session, actor=actor, niche_id=niche_id, days=given.days, now=now)}
