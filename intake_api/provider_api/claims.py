"""Bad-lead reports of the caller's own company: report, list, take back, appeal (SPEC 7.3, 7.4).

As in the inbox, the id of a lead is the id of its assignment to the caller.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import returns
from core.kit.actor import Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("provider_claims", __name__, url_prefix="/api/v1/provider")
Words = Annotated[str, StringConstraints(max_length=5000)]


class Report(Body):
    """What is wrong with the lead; ``other`` needs notes of 10 to 500 characters."""

    reason: returns.Reason
    notes: Words = ""


class Appeal(Body):
    """Why the answer should be looked at again, in 10 to 500 characters."""

    notes: Words


class ClaimPage(Page):
    """Which reports: by status, ``open`` for those that wait for an answer."""

    status: str | None = None


@route(blueprint, "POST", "/leads/<uuid:assignment_id>/bad-lead", "provider", body=Report, status=201)
def report(session: Session, actor: Actor, given: Report, *, assignment_id: UUID, now: datetime) -> Any:
    """Report a lead as bad, once; while the report waits, a repetition answers 200 with the one that stands."""
    made = returns.report(session, actor=actor, assignment_id=assignment_id, reason=given.reason, notes=given.notes, now=now)
    return _one(session, actor, made.claim.id, now), 201 if made.new else 200


@route(blueprint, "GET", "/bad-leads", "provider", query=ClaimPage)
def claim_list(session: Session, actor: Actor, given: ClaimPage, *, now: datetime) -> Any:
    """The company's reports, newest first."""
    rows = returns.own_claims(session, actor=actor, status=given.status, before_id=given.after, limit=given.limit, now=now)
    return page(rows, given.limit)


@route(blueprint, "GET", "/bad-leads/<uuid:claim_id>", "provider")
def claim(session: Session, actor: Actor, _given: None, *, claim_id: UUID, now: datetime) -> Any:
    """One report with its clock, its steps and until when a rejection can be appealed."""
    return _one(session, actor, claim_id, now)


@route(blueprint, "POST", "/bad-leads/<uuid:claim_id>/withdraw", "provider")
def withdraw(session: Session, actor: Actor, _given: None, *, claim_id: UUID, now: datetime) -> Any:
    """Take a report back before it is answered; the lead can't be reported again."""
    returns.withdraw(session, actor=actor, claim_id=claim_id, now=now)
    return _one(session, actor, claim_id, now)


@route(blueprint, "POST", "/bad-leads/<uuid:claim_id>/appeal", "provider", body=Appeal)
def appeal(session: Session, actor: Actor, given: Appeal, *, claim_id: UUID, now: datetime) -> Any:
    """Ask once for another look at a rejected report."""
    returns.appeal(session, actor=actor, claim_id=claim_id, notes=given.notes, now=now)
    return _one(session, actor, claim_id, now)


def _one(session: Session, actor: Actor, claim_id: UUID, now: datetime) -> dict[str, Any]:
    return {"claim": returns.own_claim(session, actor=actor, claim_id=claim_id, now=now)}
