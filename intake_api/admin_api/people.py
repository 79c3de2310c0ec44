"""People, their status and role, and the trail of what everybody did (SPEC 1.8, 1.9)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from core import accounts, audit
from core.kit.actor import Actor
from intake_api.rest import Body, DatedPage, Page, Query, page, route

blueprint = Blueprint("admin_people", __name__, url_prefix="/api/v1/admin")
Staff = Literal["admin", "analyst", "scientist"]
Reason = Annotated[str, StringConstraints(max_length=500)]


class UserPage(Page):
    """Which people: by role, status, company, or a part of e-mail or name."""

    role: Literal["admin", "analyst", "scientist", "provider"] | None = None
    status: Literal["pending", "active", "suspended", "deactivated"] | None = None
    provider_id: UUID | None = None
    search: str | None = None


class StatusChange(Body):
    """The new status and the reason, which is mailed."""

    status: Literal["active", "suspended", "deactivated"]
    reason: Reason


class RoleChange(Body):
    """The new role of a member of staff, and why when there is something to say."""

    role: Staff
    reason: Reason | None = None


class Ownership(Body):
    """Why the company gets another owner, for the trail."""

    reason: Reason


class NewColleague(Body):
    """Who is invited to the house, as what."""

    email: str
    full_name: str
    role: Staff


class Because(Query):
    """Why, for the trail."""

    reason: Reason


class AuditPage(DatedPage):
    """Which entries: ``action`` by its beginning, ``memo`` by a part of it."""

    action: str | None = None
    entity_type: str | None = None
    entity_id: UUID | None = None
    actor_id: UUID | None = None
    actor_role: str | None = None
    ip: str | None = None
    memo: str | None = None
    correlation_id: str | None = None


@route(blueprint, "GET", "/users", "admin", query=UserPage)
def users(session: Session, actor: Actor, given: UserPage, *, now: datetime) -> Any:
    """People, newest first."""
    rows = accounts.list_users(
        session,
        actor=actor,
        role=given.role,
        status=given.status,
        provider_id=given.provider_id,
        search=given.search,
        before_id=given.after,
        limit=given.limit,
        now=now,
    )
    return page(rows, given.limit)


@route(blueprint, "PUT", "/users/<uuid:user_id>/status", "admin", body=StatusChange)
def set_status(session: Session, actor: Actor, given: StatusChange, *, user_id: UUID, now: datetime) -> Any:
    """Activate, suspend or deactivate somebody."""
    user = accounts.set_user_status(session, actor=actor, user_id=user_id, status=given.status, reason=given.reason, now=now)
    return {"user": {"id": user.id, "status": user.status, "role": user.role}}


@route(blueprint, "PUT", "/users/<uuid:user_id>/role", "admin", body=RoleChange)
def set_role(session: Session, actor: Actor, given: RoleChange, *, user_id: UUID, now: datetime) -> Any:
    """Give a member of staff another role; nobody changes their own."""
    user = accounts.set_user_role(session, actor=actor, user_id=user_id, role=given.role, reason=given.reason, now=now)
    return {"user": {"id": user.id, "status": user.status, "role": user.role}}


@route(blueprint, "PUT", "/users/<uuid:user_id>/owner", "admin", body=Ownership)
def name_owner(session: Session, actor: Actor, given: Ownership, *, user_id: UUID, now: datetime) -> Any:
    """Make somebody the owner of their company, once its owner can't sign in any more."""
    accounts.name_owner(session, actor=actor, user_id=user_id, reason=given.reason, now=now)
    return {"owner": user_id}


@route(blueprint, "POST", "/users", "admin", body=NewColleague, status=201)
def invite(session: Session, actor: Actor, given: NewColleague, *, now: datetime) -> Any:
    """Invite a colleague by mail."""
    user = accounts.create_user(
        session, actor=actor, email=given.email, password=None, full_name=given.full_name, role=given.role, now=now
    )
    return {"user": {"id": user.id, "status": user.status, "role": user.role}}


@route(blueprint, "GET", "/users/<uuid:user_id>", "admin")
def one_user(session: Session, actor: Actor, _given: None, *, user_id: UUID, now: datetime) -> Any:
    """One person, and where they are signed in."""
    user = accounts.get_user(session, actor=actor, user_id=user_id, now=now)
    return {"user": user, "sessions": accounts.sessions_of_user(session, actor=actor, user_id=user_id, now=now)}


@route(blueprint, "DELETE", "/users/<uuid:user_id>/sessions", "admin", query=Because)
def end_sessions(session: Session, actor: Actor, given: Because, *, user_id: UUID, now: datetime) -> Any:
    """Sign somebody out everywhere; ``?reason=`` says why."""
    return {"ended": accounts.end_sessions(session, actor=actor, user_id=user_id, reason=given.reason, now=now)}


@route(blueprint, "DELETE", "/users/<uuid:user_id>/second-factor", "admin", query=Because)
def reset_second_factor(session: Session, actor: Actor, given: Because, *, user_id: UUID, now: datetime) -> Any:
    """Let somebody who lost phone and codes enrol again; ``?reason=`` says why."""
    accounts.reset_totp(session, actor=actor, user_id=user_id, reason=given.reason, now=now)
    return {"reset": user_id}


@route(blueprint, "GET", "/audit-logs", "admin", query=AuditPage)
def audit_logs(session: Session, actor: Actor, given: AuditPage, *, now: datetime) -> Any:
    """The trail, newest first."""
    wanted = given.model_dump(exclude={"after", "limit"})
    rows = audit.search(session, actor=actor, **wanted, before_id=given.after, limit=given.limit, now=now)
    return page(rows, given.limit)
