"""Review: the list of leads, its figures, one lead, decisions one by one and in bulk (SPEC 3)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictBool, StringConstraints, field_validator
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from intake_api.context import limit
from intake_api.rest import Body, DatedPage, page, route

blueprint = Blueprint("admin_leads", __name__, url_prefix="/api/v1/admin/leads")
Words = Annotated[str, StringConstraints(max_length=1000)]
Score = Annotated[float, Field(ge=0, le=100)]
MOST_IDS = 1000


class LeadPage(DatedPage):
    """Which leads, in which order; ``status`` takes several, separated by commas."""

    niche_id: UUID | None = None
    market_id: UUID | None = None
    source: str | None = None
    zip: str | None = None
    search: str | None = None
    status: tuple[leads.Status, ...] = ()
    min_quality: Score | None = None
    max_quality: Score | None = None
    min_fraud: Score | None = None
    max_fraud: Score | None = None
    sort: leads.Sort = "newest"

    @field_validator("status", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class Approval(Body):
    """An optional note for the file, and whether the consumer is told by mail."""

    note: Words | None = None
    notify: StrictBool = False


class Rejection(Body):
    """The reason, and whether the consumer is told by mail."""

    reason: Words
    notify: StrictBool = False


class Reason(Body):
    """Why; kept in the trail, for administrators."""

    reason: Words


class ReasonIfAny(Body):
    """Why, if there is anything to say; kept in the trail, for administrators."""

    reason: Words | None = None


class BulkApproval(Approval):
    """The leads to approve."""

    lead_ids: list[UUID] = Field(min_length=1, max_length=MOST_IDS)


class BulkRejection(Rejection):
    """The leads to reject, all for the same reason."""

    lead_ids: list[UUID] = Field(min_length=1, max_length=MOST_IDS)


FILTERS = (
    "niche_id",
    "market_id",
    "source",
    "zip",
    "search",
    "since",
    "until",
    "min_quality",
    "max_quality",
    "min_fraud",
    "max_fraud",
)


@route(blueprint, "GET", "", "admin", "analyst", query=LeadPage)
def lead_list(session: Session, actor: Actor, given: LeadPage, *, now: datetime) -> Any:
    """Leads by status, niche, market, source, dates, scores or contact; contact data masked."""
    where = leads.LeadFilter(**{name: getattr(given, name) for name in FILTERS})
    rows = leads.explore(
        session, actor=actor, where=where, statuses=given.status, sort=given.sort, after=given.after, limit=given.limit
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/stats", "admin", "analyst")
def stats(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Waiting, approved and rejected today (by the clock of each lead's market), mean wait in seconds."""
    return {"stats": leads.review_figures(session, actor=actor, now=now)}


@route(blueprint, "GET", "/<uuid:lead_id>", "admin", "analyst")
def lead(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """One lead whole; contact data as the caller's role may see it."""
    return {"lead": leads.get_lead(session, actor=actor, lead_id=lead_id, now=now)}


@route(blueprint, "POST", "/<uuid:lead_id>/approve", "admin", body=Approval, shows=lead)
def approve(session: Session, actor: Actor, given: Approval, *, lead_id: UUID, now: datetime) -> None:
    """Approve a lead that waits; its distribution is queued."""
    leads.approve(session, actor=actor, lead_id=lead_id, note=given.note, notify=given.notify, now=now)


@route(blueprint, "POST", "/<uuid:lead_id>/reject", "admin", body=Rejection, shows=lead)
def reject(session: Session, actor: Actor, given: Rejection, *, lead_id: UUID, now: datetime) -> None:
    """Reject a lead that waits."""
    leads.reject(session, actor=actor, lead_id=lead_id, reason=given.reason, notify=given.notify, now=now)


@route(blueprint, "POST", "/<uuid:lead_id>/withdraw", "admin", body=Reason, shows=lead)
def withdraw(session: Session, actor: Actor, given: Reason, *, lead_id: UUID, now: datetime) -> None:
    """End a lead for good; companies that bought it keep it."""
    leads.withdraw(session, actor=actor, lead_id=lead_id, reason=given.reason, now=now)


@route(blueprint, "POST", "/<uuid:lead_id>/do-not-sell", "admin", body=Reason, shows=lead)
def do_not_sell(session: Session, actor: Actor, given: Reason, *, lead_id: UUID, now: datetime) -> None:
    """Note that the person does not want to be sold, and end the lead where it still lives; a repetition changes nothing."""
    leads.do_not_sell(session, actor=actor, lead_id=lead_id, reason=given.reason, now=now)


@route(blueprint, "POST", "/<uuid:lead_id>/quarantine", "admin", body=Reason, shows=lead)
def quarantine(session: Session, actor: Actor, given: Reason, *, lead_id: UUID, now: datetime) -> None:
    """Set a suspicious lead aside; nothing of it is sold until it is released."""
    leads.quarantine(session, actor=actor, lead_id=lead_id, reason=given.reason, now=now)


@route(blueprint, "POST", "/<uuid:lead_id>/release", "admin", body=ReasonIfAny, shows=lead)
def release(session: Session, actor: Actor, given: ReasonIfAny, *, lead_id: UUID, now: datetime) -> None:
    """Put a lead in quarantine back where it waited."""
    leads.release(session, actor=actor, lead_id=lead_id, reason=given.reason, now=now)


@route(blueprint, "POST", "/bulk-approve", "admin", body=BulkApproval)
def bulk_approve(session: Session, actor: Actor, given: BulkApproval, *, now: datetime) -> Any:
    """Approve several leads, each with its own result."""
    limit("bulk", str(actor.user_id))
    results = leads.bulk(
        session, actor=actor, verb="approve", lead_ids=given.lead_ids, reason=given.note, notify=given.notify, now=now
    )
    return {"items": results}


@route(blueprint, "POST", "/bulk-reject", "admin", body=BulkRejection)
def bulk_reject(session: Session, actor: Actor, given: BulkRejection, *, now: datetime) -> Any:
    """Reject several leads for one reason, each with its own result."""
    limit("bulk", str(actor.user_id))
    results = leads.bulk(
        session, actor=actor, verb="reject", lead_ids=given.lead_ids, reason=given.reason, notify=given.notify, now=now
    )
    return {"items": results}
