"""Bad-lead reports for staff: the queue, its figures, one report's evidence, the answers, refunds (SPEC 7.4)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import returns
from core.kit.actor import Actor
from intake_api.context import limit
from intake_api.rest import Body, Page, Query, page, route

blueprint = Blueprint("admin_claims", __name__, url_prefix="/api/v1/admin")
Words = Annotated[str, StringConstraints(max_length=5000)]
MOST_IDS = 1000


class ClaimPage(Page):
    """Which reports; ``open`` ones come by clock, others newest first, ``all`` takes every status."""

    status: str = "open"
    reason: returns.Reason | None = None
    niche_id: UUID | None = None
    provider_id: UUID | None = None
    overdue: bool = False


class Decision(Body):
    """Why, in 10 to 1,000 characters; the provider reads it."""

    memo: Words


class BulkDecision(Decision):
    """The reports to answer, all with the same words."""

    claim_ids: list[UUID] = Field(min_length=1, max_length=MOST_IDS)


class FlagQuery(Query):
    """Of one company only, when it is named."""

    provider_id: UUID | None = None


@route(blueprint, "GET", "/bad-leads", "admin", "analyst", query=ClaimPage)
def claim_list(session: Session, actor: Actor, given: ClaimPage, *, now: datetime) -> Any:
    """Reports that wait, most urgent first; others by status."""
    rows = returns.list_claims(
        session,
        actor=actor,
        status=None if given.status == "all" else given.status,
        reason=given.reason,
        niche_id=given.niche_id,
        provider_id=given.provider_id,
        overdue=given.overdue,
        after_id=given.after,
        limit=given.limit,
        now=now,
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/bad-leads/metrics", "admin", "analyst")
def claim_metrics(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Waiting, overdue, next one due; answers, approval rate and refunds of the last 30 days."""
    figures = returns.metrics(session, actor=actor, now=now)
    return {"metrics": figures, "approval_rate": figures.approval_rate}


@route(blueprint, "GET", "/bad-leads/<uuid:claim_id>", "admin", "analyst")
def claim(session: Session, actor: Actor, _given: None, *, claim_id: UUID, now: datetime) -> Any:
    """One report with all its evidence and the suggested verdict."""
    return _one(session, actor, claim_id, now)


@route(blueprint, "POST", "/bad-leads/<uuid:claim_id>/approve", "admin", body=Decision)
def approve(session: Session, actor: Actor, given: Decision, *, claim_id: UUID, now: datetime) -> Any:
    """Uphold a report: the lead is paid back in full, once."""
    returns.approve(session, actor=actor, claim_id=claim_id, memo=given.memo, now=now)
    return _one(session, actor, claim_id, now)


@route(blueprint, "POST", "/bad-leads/<uuid:claim_id>/reject", "admin", body=Decision)
def reject(session: Session, actor: Actor, given: Decision, *, claim_id: UUID, now: datetime) -> Any:
    """Turn a report down; final after an appeal."""
    returns.reject(session, actor=actor, claim_id=claim_id, memo=given.memo, now=now)
    return _one(session, actor, claim_id, now)


@route(blueprint, "POST", "/bad-leads/<uuid:claim_id>/class-credit", "admin", body=Decision)
def class_credit(session: Session, actor: Actor, given: Decision, *, claim_id: UUID, now: datetime) -> Any:
    """Credit every company that holds the reported lead, and take the lead off sale."""
    reported = returns.evidence(session, actor=actor, claim_id=claim_id, now=now)
    return {"credited": returns.class_credit(session, actor=actor, lead_id=reported.lead_id, memo=given.memo, now=now)}


@route(blueprint, "POST", "/bad-leads/bulk-approve", "admin", body=BulkDecision)
def bulk_approve(session: Session, actor: Actor, given: BulkDecision, *, now: datetime) -> Any:
    """Uphold several reports, each with its own result."""
    return _bulk(session, actor, "approve", given, now)


@route(blueprint, "POST", "/bad-leads/bulk-reject", "admin", body=BulkDecision)
def bulk_reject(session: Session, actor: Actor, given: BulkDecision, *, now: datetime) -> Any:
    """Turn several reports down, each with its own result."""
    return _bulk(session, actor, "reject", given, now)


@route(blueprint, "POST", "/lead-assignments/<uuid:assignment_id>/refund", "admin", body=Decision)
def refund(session: Session, actor: Actor, given: Decision, *, assignment_id: UUID, now: datetime) -> Any:
    """Pay a sold lead back without a report."""
    paid = returns.refund(session, actor=actor, assignment_id=assignment_id, memo=given.memo, now=now)
    return {"refund": {"assignment_id": paid.assignment_id, "amount_cents": paid.amount_cents, "at": paid.at}}


@route(blueprint, "GET", "/reports/providers/flags", "admin", "analyst", query=FlagQuery)
def flags(session: Session, actor: Actor, given: FlagQuery, *, now: datetime) -> Any:
    """Companies whose reports stand out; information only."""
    return {"items": returns.flags(session, actor=actor, provider_id=given.provider_id, now=now)}


def _bulk(session: Session, actor: Actor, verb: Literal["approve", "reject"], given: BulkDecision, now: datetime) -> Any:
    limit("bulk", str(actor.user_id))
    return {"items": returns.bulk(session, actor=actor, verb=verb, claim_ids=given.claim_ids, memo=given.memo, now=now)}


def _one(session: Session, actor: Actor, claim_id: UUID, now: datetime) -> dict[str, Any]:
    return {"claim": returns.evidence(session, actor=actor, claim_id=claim_id, now=now)}
