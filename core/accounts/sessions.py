"""Sessions: a signed id in a cookie, a row behind it, gone the moment the row is revoked (SPEC 1.4)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import audit
from core.accounts import tokens
from core.accounts.models import User, UserSession
from core.accounts.users import as_actor
from core.accounts.visits import note_visit
from core.kit.actor import STAFF, Actor
from core.kit.alone import rows_alone
from core.kit.crypto import sign, signature_ok
from core.kit.ids import uuid7
from core.kit.tenant import look_up

SESSION_COOKIE = "hotleads_session"
LIFETIME = timedelta(days=7)
_PURPOSE = "session"
_SHAPE = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})")

# One look-up by primary key on each request: session alive, person active, company not closed.
_LOOK, _LOOK_ACTING = look_up(
    """select s.id as session_id, s.expires_at, s.last_seen_at, host(s.ip) as ip, u.id as user_id, u.role, u.provider_id,
              u.full_name, u.email, u.owner, u.totp_confirmed_at is null as without_totp, p.company_name,
              p.status as company_status
       from user_session s join user_account u on u.id = s.user_id left join provider p on p.id = u.provider_id
       where s.id = :id and s.revoked_at is null and s.expires_at > :now and u.status = 'active'
         and (p.id is null or p.status <> 'deactivated')""",
    company="u.provider_id",
)
# Never waits for another request of the same session that is writing it down.
_SEEN = text(
    """update user_session set last_seen_at = :now where id in (
         select id from user_session where id = :id and revoked_at is null for no key update skip locked)"""
)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened; ``must_enrol`` says that it can do nothing but set up the second factor."""

    token: str
    expires_at: datetime
    actor: Actor
    must_enrol: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """The person behind a session, for pages; ``company_status`` is the standing of their company, if they have one."""

    actor: Actor
    user_name: str
    email: str
    company: str | None
    company_status: str | None
    owner: bool
    must_enrol: bool
    second_factor: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One of a person's own sessions, for the security page."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    ip: str | None
    user_agent: str | None
    current: bool


def open_session(session: Session, *, user: User, ip: str | None, user_agent: str | None, now: datetime) -> SignedIn:
    """A new session of the person, valid for 7 days."""
    row = UserSession(id=uuid7(), user_id=user.id, created_at=now, expires_at=now + LIFETIME, last_seen_at=now)
    row.ip, row.user_agent = ip, (user_agent or "")[:300] or None
    session.add(row)
    session.flush()
    note_visit(session, user_id=user.id, now=now)
    actor = as_actor(user, ip=ip, user_agent=user_agent, session_id=row.id)
    audit.record(
        session, actor, "session.opened", entity_type="user", entity_id=user.id, now=now, after={"session_id": str(row.id)}
    )
    return SignedIn(_token(row.id), row.expires_at, actor, _must_enrol(user.role, user.totp_confirmed_at is None))


def current_actor(
    session: Session, *, token: str, ip: str | None = None, user_agent: str | None = None, acts: bool = False, now: datetime
) -> Actor | None:
    """Who acts with this token; ``None`` for anything but a live session with its second factor in place.

    Staff without a confirmed second factor are nobody here: all they may do is enrol (``session_view``). ``acts``: what the
    transaction writes from here on is their company's (docs/adr/0029).
    """
    row = _look(session, token, acts=acts, now=now)
    if row is None or _must_enrol(row.role, row.without_totp):
        return None
    return Actor(row.user_id, row.role, row.provider_id, row.session_id, ip or row.ip, user_agent)


def session_view(session: Session, *, token: str, acts: bool = False, now: datetime) -> SessionView | None:
    """The person behind a live session, also while they still have to enrol; notes that they were seen. ``acts`` as above."""
    row = _look(session, token, acts=acts, now=now)
    if row is None:
        return None
    if row.last_seen_at < now - SEEN_EVERY:
        seen = session.execute(_SEEN, {"id": row.session_id, "now": now})
        if seen.rowcount:  # type: ignore[attr-defined]
            note_visit(session, user_id=row.user_id, now=now)
    return _view(row)


def sign_out(session: Session, *, actor: Actor, now: datetime) -> None:
    """End the actor's own session."""
    if actor.session_id is not None:
        revoke_session(session, actor=actor, session_id=actor.session_id, now=now)


def revoke_session(session: Session, *, actor: Actor, session_id: UUID, now: datetime) -> None:
    """End one of the actor's own sessions, such as the one on a lost phone."""
    ended = _revoke(session, UserSession.id == session_id, UserSession.user_id == actor.user_id, reason="signed out", now=now)
    for _ in ended:
        after = {"session_id": str(session_id)}
        audit.record(session, actor, "session.ended", entity_type="user", entity_id=actor.user_id, now=now, after=after)


def revoke_other_sessions(session: Session, *, actor: Actor, now: datetime) -> int:
    """End every session of the actor but this one; returns how many."""
    ended = revoke_sessions(session, user_id=actor.user_id, reason="signed out elsewhere", now=now, keep=actor.session_id)
    if ended:
        after = {"sessions": ended}
        audit.record(session, actor, "session.others_ended", entity_type="user", entity_id=actor.user_id, now=now, after=after)
    return ended


def revoke_sessions(session: Session, *, user_id: UUID, reason: str, now: datetime, keep: UUID | None = None) -> int:
    """End all of a person's sessions but ``keep``; half-way sign-ins end too. Returns how many sessions (SPEC 1.4).

    The caller audits the change that made it necessary.
    """
    tokens.end(session, user_id=user_id, purposes=["second_factor"], now=now)
    conditions = [UserSession.user_id == user_id] + ([UserSession.id != keep] if keep else [])
    return len(_revoke(session, *conditions, reason=reason, now=now))


def revoke_provider_sessions(session: Session, *, provider_id: UUID, reason: str, now: datetime) -> int:
    """End the sessions of everybody in a company; returns how many."""
    people = session.scalars(select(User.id).where(User.provider_id == provider_id)).all()
    return sum(revoke_sessions(session, user_id=user_id, reason=reason, now=now) for user_id in people)


def sessions_of(session: Session, *, actor: Actor, now: datetime) -> list[SessionLine]:
    """The actor's own live sessions, newest first."""
    rows = session.execute(
        text("""select id, created_at, last_seen_at, host(ip) as ip, user_agent, id is not distinct from :current as current
                from user_session where user_id = :user_id and revoked_at is null and expires_at > :now order by id desc"""),
        {"user_id": actor.user_id, "current": actor.session_id, "now": now},
    )
    return [SessionLine(**row._asdict()) for row in rows]


def _revoke(session: Session, *conditions: object, reason: str, now: datetime) -> list[UUID]:
    ended = update(UserSession).where(UserSession.revoked_at.is_(None), *conditions)  # type: ignore[arg-type]
    return list(session.scalars(ended.values(revoked_at=now, revoked_reason=reason).returning(UserSession.id)))


def _look(session: Session, token: str, *, acts: bool, now: datetime) -> Any:
    session_id, asked = _session_id(token), _LOOK_ACTING if acts else _LOOK
    rows = rows_alone(session, asked, {"id": session_id, "now": now}) if session_id else []
    return rows[0] if rows else None


def _view(row: Any) -> SessionView:
    actor = Actor(row.user_id, row.role, row.provider_id, row.session_id, row.ip)
    must_enrol = _must_enrol(row.role, row.without_totp)
    return SessionView(
        actor,
        row.full_name,
        row.email,
        row.company_name,
        row.company_status,
        row.owner,
        must_enrol,
        not row.without_totp,
        row.expires_at,
    )


def _must_enrol(role: str, without_totp: bool) -> bool:
    return role in STAFF and without_totp


def _token(session_id: UUID) -> str:
    return f"{session_id.hex}.{sign(session_id.hex, purpose=_PURPOSE)}"


def _session_id(token: str) -> UUID | None:
    """The id inside a token that we signed; ``None`` for everything else, whatever it looks like."""
    match = _SHAPE.fullmatch(token)
    if match is None or not signature_ok(match[1], match[2], purpose=_PURPOSE):
        return None
    return UUID(hex=match[1])
