"""Queues, dead letters, and what became of e-mails (SPEC 11.3, 13.2)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import messaging, ops
from core.kit.actor import Actor
from intake_api.rest import Page, Query, page, route

blueprint = Blueprint("admin_operations", __name__, url_prefix="/api/v1/admin")


class DeadLetterPage(Page):
    """Dead letters, of one kind when it is named."""

    kind: str | None = None


class Resolution(Query):
    """Why the job need not run."""

    memo: Annotated[str, StringConstraints(min_length=3, max_length=500)]


class MessagePage(Page):
    """Mails, of one template or status when named."""

    template: str | None = None
    status: str | None = None


@route(blueprint, "GET", "/queues", "admin", "analyst")
def queues(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Per kind of job: waiting, running, failed in the last hour, dead; and the last run of each schedule."""
    return {"items": ops.queue_depths(session, now=now), "schedules": ops.schedules(session)}


@route(blueprint, "GET", "/queues/dlq", "admin", query=DeadLetterPage)
def dead_letters(session: Session, actor: Actor, given: DeadLetterPage, *, now: datetime) -> Any:
    """Jobs that used up their tries, newest first."""
    rows = ops.dead_letters(session, actor=actor, kind=given.kind, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/queues/dlq/<uuid:job_id>", "admin")
def dead_letter(session: Session, actor: Actor, _given: None, *, job_id: UUID, now: datetime) -> Any:
    """One dead letter with its payload and the trace of its last try."""
    return {"job": ops.dead_letter(session, actor=actor, job_id=job_id)}


@route(blueprint, "POST", "/queues/dlq/<uuid:job_id>/retry", "admin")
def retry(session: Session, actor: Actor, _given: None, *, job_id: UUID, now: datetime) -> Any:
    """Give a dead letter its tries again."""
    ops.retry_dead_letter(session, actor=actor, job_id=job_id, now=now)
    return {"retried": job_id}


@route(blueprint, "DELETE", "/queues/dlq/<uuid:job_id>", "admin", query=Resolution)
def resolve(session: Session, actor: Actor, given: Resolution, *, job_id: UUID, now: datetime) -> Any:
    """Close a dead letter without running it; ``?memo=`` says why."""
    ops.resolve_dead_letter(session, actor=actor, job_id=job_id, memo=given.memo, now=now)
    return {"resolved": job_id}


@route(blueprint, "GET", "/email-events", "admin", query=MessagePage)
def email_events(session: Session, actor: Actor, given: MessagePage, *, now: datetime) -> Any:
    """Mails with their latest event, newest first; addresses masked."""
    rows = messaging.recent_messages(
        session,
        actor=actor,
        template=given.template,
        status=given.status,
        before_id=given.after,
        limit=given.limit,
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/email-events/<uuid:message_id>", "admin")
def events_of_mail(session: Session, actor: Actor, _given: None, *, message_id: UUID, now: datetime) -> Any:
    """Everything that happened to one mail, oldest first."""
    return {"items": messaging.events_of(session, actor=actor, message_id=message_id)}
