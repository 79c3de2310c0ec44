"""The caller's own leads: list, open, accept, reject, outcome, rating, note (SPEC 7.1, 7.2).

The id of a lead here is the id of its assignment to the caller: nothing else of the lead can be asked for.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import inbox
from core.kit.actor import Actor
from intake_api.rest import Body, DatedPage, page, route

blueprint = Blueprint("provider_inbox", __name__, url_prefix="/api/v1/provider")
Words = Annotated[str, StringConstraints(max_length=5000)]
LARGEST_CENTS = 100_000_000_000


class InboxPage(DatedPage):
    """Which leads: by status, niche, market, channel, time, or a part of the consumer's e-mail or phone."""

    status: str | None = None
    niche_id: UUID | None = None
    market_id: UUID | None = None
    channel: Literal["distribution", "marketplace"] | None = None
    search: str | None = None


class Rejection(Body):
    """Why the lead is not wanted; an administrator reads it."""

    reason: Words


class Outcome(Body):
    """What came of the lead; ``value_cents`` of a won one."""

    outcome: Literal["contacted", "appointment", "won", "lost"]
    value_cents: Annotated[StrictInt, Field(ge=0, le=LARGEST_CENTS)] | None = None


class Rating(Body):
    """One to five stars."""

    stars: Annotated[StrictInt, Field(ge=1, le=5)]


class Note(Body):
    """The caller's own notes, replacing the old ones."""

    text: Words


@route(blueprint, "GET", "/inbox", "provider", query=InboxPage, looks=True)
def inbox_list(session: Session, actor: Actor, given: InboxPage, *, now: datetime) -> Any:
    """The caller's leads, newest first."""
    wanted = given.model_dump(exclude={"after", "limit"})
    rows = inbox.list_assignments(session, actor=actor, **wanted, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/leads/<uuid:assignment_id>", "provider")
def lead(session: Session, actor: Actor, _given: None, *, assignment_id: UUID, now: datetime) -> Any:
    """One lead whole, contact data included; the first view is stamped."""
    return {"lead": inbox.open_assignment(session, actor=actor, assignment_id=assignment_id, now=now)}


@route(blueprint, "POST", "/leads/<uuid:assignment_id>/accept", "provider", shows=lead)
def accept(session: Session, actor: Actor, _given: None, *, assignment_id: UUID, now: datetime) -> None:
    """Accept a lead, once."""
    inbox.accept(session, actor=actor, assignment_id=assignment_id, now=now)


@route(blueprint, "POST", "/leads/<uuid:assignment_id>/reject", "provider", body=Rejection, shows=lead)
def reject(session: Session, actor: Actor, given: Rejection, *, assignment_id: UUID, now: datetime) -> None:
    """Reject a lead with a reason; the money stays spent unless a report is upheld."""
    inbox.reject(session, actor=actor, assignment_id=assignment_id, reason=given.reason, now=now)


@route(blueprint, "POST", "/leads/<uuid:assignment_id>/outcome", "provider", body=Outcome, shows=lead)
def outcome(session: Session, actor: Actor, given: Outcome, *, assignment_id: UUID, now: datetime) -> None:
    """Record what came of a lead."""
    inbox.record_outcome(session, actor=actor, assignment_id=assignment_id, **given.model_dump(), now=now)


@route(blueprint, "PUT", "/leads/<uuid:assignment_id>/rating", "provider", body=Rating)
def rating(session: Session, actor: Actor, given: Rating, *, assignment_id: UUID, now: datetime) -> Any:
    """Rate a lead."""
    inbox.rate(session, actor=actor, assignment_id=assignment_id, stars=given.stars, now=now)
    return lead(session, actor, None, assignment_id=assignment_id, now=now)


@route(blueprint, "PUT", "/leads/<uuid:assignment_id>/note", "provider", body=Note)
def note(session: Session, actor: Actor, given: Note, *, assignment_id: UUID, now: datetime) -> Any:
    """Replace the notes on a lead."""
    inbox.write_note(session, actor=actor, assignment_id=assignment_id, text=given.text, now=now)
    return lead(session, actor, None, assignment_id=assignment_id, now=now)
