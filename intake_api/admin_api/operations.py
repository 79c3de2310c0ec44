"""Queues, dead letters, backups, tables by the month, what a day needs (SPEC 13.2, 13.7)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import ops
from core.kit.actor import Actor
from core.ops import backup
from intake_api.context import limit
from intake_api.rest import Body, Page, Query, page, route

Memo = Annotated[str, StringConstraints(min_length=3, max_length=500)]
blueprint = Blueprint("admin_operations", __name__, url_prefix="/api/v1/admin")


class DeadLetterPage(Page):
    """Dead letters, of one kind when it is named."""

    kind: str | None = None


class Resolution(Query):
    """Why the job need not run."""

    memo: Memo


class DayAsked(Query):
    """A day to think of; what is left out is as it was seen here."""

    leads: int | None = Field(None, description="Leads a day.")
    sales_per_lead: float | None = Field(None, description="Sales of a lead, by distribution and marketplace.")
    searches_per_lead: float | None = Field(None, description="Searches of the marketplace for each lead.")
    inbox_per_sale: float | None = Field(None, description="Pages of an inbox for each sale.")
    peak: float | None = Field(None, description="How much busier the busiest minutes are than the mean.")


class Several(Body):
    """Dead letters by their jobs' ids."""

    job_ids: list[UUID] = Field(min_length=1)


class SeveralResolved(Several):
    """And why they need not run."""

    memo: Memo


@route(blueprint, "GET", "/queues", "admin", "analyst")
def queues(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Per kind of job: waiting, running, failed in the last hour, dead; what runs now; each schedule's last and next run."""
    return {
        "items": ops.queue_depths(session, now=now),
        "running": ops.running_jobs(session, actor=actor, now=now),
        "failed_last_hour": ops.recent_failures(session, actor=actor, now=now),
        "schedules": ops.schedules(session, now=now),
    }


@route(blueprint, "GET", "/backups", "admin", "analyst")
def backups(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The backups that this machine can see, newest first, and how far the log is archived."""
    return backup.overview(session, actor=actor)


@route(blueprint, "GET", "/months", "admin", "analyst")
def months(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Tables that only grow, by the month: what is in them, what was taken off and waits for export, what is taken off next."""
    return ops.months(session, actor=actor, now=now)


@route(blueprint, "POST", "/months/detach", "admin")
def detach_months(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Take off at once what the nightly run would: months older than ``keep_months``. They are kept apart; nothing is deleted."""
    return {"detached": ops.keep_months(session, actor=actor, now=now)}


@route(blueprint, "GET", "/capacity", "admin", "analyst", query=DayAsked)
def capacity(session: Session, actor: Actor, given: DayAsked, *, now: datetime) -> Any:
    """Cores, processes, connections and disk that a day needs: the one seen here in four weeks, or what is asked of it."""
    return ops.outlook(session, actor=actor, asked=given.model_dump(exclude_none=True), now=now)


@route(blueprint, "GET", "/queues/dlq", "admin", "analyst", query=DeadLetterPage)
def dead_letters(session: Session, actor: Actor, given: DeadLetterPage, *, now: datetime) -> Any:
    """Jobs that used up their tries, newest first."""
    rows = ops.dead_letters(session, actor=actor, kind=given.kind, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/queues/dlq/<uuid:job_id>", "admin", "analyst")
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


@route(blueprint, "POST", "/queues/dlq/bulk-retry", "admin", body=Several)
def bulk_retry(session: Session, actor: Actor, given: Several, *, now: datetime) -> Any:
    """Give several dead letters their tries again, each for itself; the result says which."""
    limit("bulk", str(actor.user_id))
    return {"items": ops.bulk_dead_letters(session, actor=actor, verb="retry", job_ids=given.job_ids, now=now)}


@route(blueprint, "POST", "/queues/dlq/bulk-resolve", "admin", body=SeveralResolved)
def bulk_resolve(session: Session, actor: Actor, given: SeveralResolved, *, now: datetime) -> Any:
    """Close several dead letters without running them, each for itself; the result says which."""
    limit("bulk", str(actor.user_id))
    done = ops.bulk_dead_letters(session, actor=actor, verb="resolve", job_ids=given.job_ids, memo=given.memo, now=now)
    return {"items": done}
