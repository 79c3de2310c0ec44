"""The company's questions to the house (SPEC 7.8)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("provider_support", __name__, url_prefix="/api/v1/provider/support-requests")
Words = Annotated[str, StringConstraints(max_length=10_000)]
Short = Annotated[str, StringConstraints(max_length=300)]


class Question(Body):
    """What is asked; ``correlation_id`` is the one of the answer that it is about."""

    subject: Short
    message: Words
    correlation_id: Short | None = None


class Message(Body):
    """More words on a request."""

    message: Words


class SupportPage(Page):
    """Which requests."""

    status: Literal["open", "answered"] | None = None


@route(blueprint, "GET", "", "provider", query=SupportPage)
def support_list(session: Session, actor: Actor, given: SupportPage, *, now: datetime) -> Any:
    """The company's requests, newest first."""
    rows = providers.support_requests(session, actor=actor, status=given.status, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "POST", "", "provider", body=Question, status=201)
def ask(session: Session, actor: Actor, given: Question, *, now: datetime) -> Any:
    """Ask the house."""
    made = providers.ask_support(
        session, actor=actor, subject=given.subject, message=given.message, code=given.correlation_id, now=now
    )
    return {"request": made}


@route(blueprint, "GET", "/<uuid:request_id>", "provider")
def support_request(session: Session, actor: Actor, _given: None, *, request_id: UUID, now: datetime) -> Any:
    """One request with everything that was written."""
    return {"thread": providers.support_thread(session, actor=actor, request_id=request_id, now=now)}


@route(blueprint, "POST", "/<uuid:request_id>/messages", "provider", body=Message, status=201, shows=support_request)
def add_message(session: Session, actor: Actor, given: Message, *, request_id: UUID, now: datetime) -> None:
    """Write again on a request; an answered one is open again."""
    providers.add_to_support(session, actor=actor, request_id=request_id, message=given.message, now=now)
