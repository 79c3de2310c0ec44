"""A new password: by a link when the old one is forgotten, or knowing the old one (SPEC 1.3, 1.4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.accounts import passwords, tokens
from core.accounts.emails import email_key
from core.accounts.errors import WrongPassword
from core.accounts.models import User
from core.accounts.sessions import revoke_sessions
from core.accounts.users import as_actor, company_of, lock_user
from core.kit.actor import Actor


def request_password_reset(session: Session, *, email: str, now: datetime) -> None:
    """Mail a link to an active person, valid as ``reset_minutes`` says; callers answer the same whoever asked (SPEC 1.3)."""
    user = session.scalars(select(User).where(User.email_key == email_key(email))).one_or_none()
    if user is not None and user.status == "active" and user.role != "system":
        tokens.mail_link(session, user_id=user.id, purpose="reset_password", now=now)


def reset_password(session: Session, *, token: str, password: str, now: datetime) -> User:
    """Set a new password by link and end every session; raises ``WeakPassword`` or a link's error (SPEC 1.3, 1.4)."""
    user = lock_user(session, tokens.owner(session, token=token, purpose="reset_password", now=now))
    _check(session, user, password)
    tokens.use(session, token=token, purpose="reset_password", now=now)
    _set(session, user, password, now=now)
    audit.record(session, as_actor(user), "user.password_reset", entity_type="user", entity_id=user.id, now=now)
    revoke_sessions(session, user_id=user.id, reason="password reset", now=now)
    return user


def change_password(session: Session, *, actor: Actor, current: str, password: str, now: datetime) -> None:
    """Replace a known password; every other session of the person ends, the actor's own stays (SPEC 1.4)."""
    user = lock_user(session, actor.user_id)
    if not passwords.password_ok(user.password_hash, current):
        words = "This is not your current password."
        raise WrongPassword("password.wrong", words, fields={"current": words})
    _check(session, user, password)
    _set(session, user, password, now=now)
    audit.record(session, actor, "user.password_changed", entity_type="user", entity_id=user.id, now=now)
    revoke_sessions(session, user_id=user.id, reason="password changed", now=now, keep=actor.session_id)


def _check(session: Session, user: User, password: str) -> None:
    passwords.check_password(password, email=user.email, company=company_of(session, user.provider_id))


def _set(session: Session, user: User, password: str, *, now: datetime) -> None:
    user.password_hash, user.updated_at = passwords.hash_password(password), now
    tokens.end(session, user_id=user.id, purposes=["reset_password"], now=now)
    session.flush()
