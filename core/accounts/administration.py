"""What administrators see and do beside status and role: one person, their sessions, an invitation again (SPEC 1.8)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.accounts.models import User
from core.accounts.reasons import checked_reason
from core.accounts.sessions import SessionLine, revoke_sessions
from core.accounts.users import UserView, invite_by_mail, lock_user, views
from core.kit.actor import Actor
from core.kit.errors import Conflict, NotFound
from core.kit.ids import SYSTEM_USER_ID

MOST_FOUND = 50


def get_user(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> UserView:
    """One person as the list shows them; who reads it is recorded. Raises ``NotFound``, also for the system user."""
    actor.require("admin")
    row = session.execute(views().where(User.id == user_id, User.role != "system")).one_or_none()
    if row is None:
        raise NotFound("user.unknown", "There is no such person.")
    audit.record_reading(session, actor, "a person", entity_id=user_id, now=now)
    return UserView(**row._asdict())


def sessions_of_user(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> list[SessionLine]:
    """Where somebody is signed in right now, newest first."""
    actor.require("admin")
    rows = session.execute(
        text("""select id, created_at, last_seen_at, host(ip) as ip, user_agent, id is not distinct from :current as current
                from user_session where user_id = :user_id and revoked_at is null and expires_at > :now order by id desc"""),
        {"user_id": user_id, "current": actor.session_id, "now": now},
    )
    return [SessionLine(**row._asdict()) for row in rows]


def end_sessions(session: Session, *, actor: Actor, user_id: UUID, reason: str, now: datetime) -> int:
    """Sign somebody out everywhere; returns how many sessions ended. Raises ``Conflict`` when there is none (SPEC 1.4)."""
    actor.require("admin")
    memo = checked_reason(reason, read_by="it is kept in the audit trail")
    user = lock_user(session, user_id)
    ended = revoke_sessions(session, user_id=user.id, reason="ended by an administrator", now=now)
    if not ended:
        raise Conflict("user.no_session", "This person is not signed in anywhere.")
    after = {"sessions": ended}
    audit.record(session, actor, "user.sessions_ended", entity_type="user", entity_id=user.id, now=now, after=after, memo=memo)
    return ended


def invite_again(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Mail a new invitation to somebody who has not accepted theirs; the old link dies."""
    actor.require("admin")
    user = lock_user(session, user_id)
    if user.status != "pending" or user.password_hash is not None:
        raise Conflict("user.not_invited", "This person has a password already; they can reset it themselves.")
    invite_by_mail(session, actor=actor, user=user, now=now)
    audit.record(session, actor, "user.invited", entity_type="user", entity_id=user.id, now=now)


def names_of(session: Session, *, actor: Actor, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """What to call the people of a list: name, or e-mail when they have given none; jobs are called Hotleads."""
    actor.require("admin", "analyst", "scientist")
    found = select(User.id, User.full_name, User.email).where(User.id.in_(set(user_ids) - {SYSTEM_USER_ID}))
    named = {row.id: row.full_name or row.email for row in session.execute(found)}
    return named | ({SYSTEM_USER_ID: "Hotleads"} if SYSTEM_USER_ID in user_ids else {})


def find_people(session: Session, *, actor: Actor, fragment: str) -> list[UUID]:
    """Ids of people whose name or e-mail has the fragment, at most 50: what a search by person asks for."""
    actor.require("admin")
    key = User.email_key + " " + User.full_name
    found = select(User.id).where(key.icontains(fragment.strip(), autoescape=True)).order_by(User.id.desc()).limit(MOST_FOUND)
    return list(session.scalars(found))
