"""What somebody may be: status and role, decided by administrators (SPEC 1.8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.accounts import tokens
from core.accounts.errors import LastAdmin
from core.accounts.models import User
from core.accounts.reasons import checked_reason
from core.accounts.sessions import revoke_sessions
from core.accounts.users import invite_by_mail, lock_user
from core.kit.actor import STAFF, Actor, Role
from core.kit.errors import Conflict, Forbidden, Invalid
from core.kit.mail import request_mail

STATUSES = ("active", "suspended", "deactivated")


def set_user_status(session: Session, *, actor: Actor, user_id: UUID, status: str, reason: str, now: datetime) -> User:
    """Activate, suspend or deactivate somebody, with a reason that is mailed to them; ends their sessions (SPEC 1.8).

    Who never confirmed the address is pending when activated, and gets a new link.
    """
    actor.require("admin")
    reason = checked_reason(reason, read_by="it is e-mailed to the person")
    if status not in STATUSES:
        raise Invalid("user.status", "Choose active, suspended or deactivated.", fields={"status": "Unknown status."})
    user = _lock_with_admins(session, user_id)
    if user.status == status:
        raise Conflict("user.status_same", f"This account is {status} already.")
    if status == "active" and user.email_verified_at is None:
        if user.status == "pending":
            raise Conflict("user.not_verified", "This person has not confirmed the e-mail address yet; send the link again.")
        return _let_confirm(session, actor, user, reason, now=now)
    if status != "active":
        _check_admin_left(session, user)
    before, user.status, user.removed_at, user.updated_at = user.status, status, None, now
    session.flush()
    _record_change(session, actor, user, what="status", before=before, after=status, memo=reason, now=now)
    if status != "active":
        tokens.end(session, user_id=user.id, purposes=["verify_email", "reset_password", "invitation"], now=now)
        revoke_sessions(session, user_id=user.id, reason=status, now=now)
    context = {"status": status, "reason": reason}
    request_mail(session, "account_status", key=f"{user.id}:{now.isoformat()}", now=now, user_id=user.id, context=context)
    return user


def _let_confirm(session: Session, actor: Actor, user: User, reason: str, *, now: datetime) -> User:
    """Who was shut out before the address was confirmed waits for that again, by a new link."""
    before, user.status, user.removed_at, user.updated_at = user.status, "pending", None, now
    session.flush()
    _record_change(session, actor, user, what="status", before=before, after="pending", memo=reason, now=now)
    if user.password_hash is None:
        invite_by_mail(session, actor=actor, user=user, now=now)
    else:
        tokens.mail_link(session, user_id=user.id, purpose="verify_email", now=now)
    context = {"status": "waiting for you to confirm your address", "reason": reason}
    request_mail(session, "account_status", key=f"{user.id}:{now.isoformat()}", now=now, user_id=user.id, context=context)
    return user


def set_user_role(session: Session, *, actor: Actor, user_id: UUID, role: Role, reason: str | None = None, now: datetime) -> User:
    """Give a member of staff another role; nobody changes their own (SPEC 1.8). Ends their sessions."""
    actor.require("admin")
    memo = checked_reason(reason, read_by="it is kept in the audit trail") if reason is not None else None
    if actor.user_id == user_id:
        raise Forbidden("access.own_role", "Nobody changes their own role. Ask another administrator.")
    user = _lock_with_admins(session, user_id)
    if role not in STAFF or user.role not in STAFF:
        words = "Staff can be admin, analyst or scientist; people of a company stay with it."
        raise Invalid("user.role", words, fields={"role": words})
    if user.role == role:
        raise Conflict("user.role_same", f"This person is {role} already.")
    if role != "admin":
        _check_admin_left(session, user)
    before, user.role, user.updated_at = user.role, role, now
    session.flush()
    _record_change(session, actor, user, what="role", before=before, after=role, memo=memo, now=now)
    revoke_sessions(session, user_id=user.id, reason="role changed", now=now)
    return user


def _lock_with_admins(session: Session, user_id: UUID) -> User:
    """Lock all administrators in one order, then the person: two can't remove each other at the same moment."""
    session.scalars(select(User.id).where(User.role == "admin").order_by(User.id).with_for_update(key_share=True)).all()
    return lock_user(session, user_id)


def _check_admin_left(session: Session, user: User) -> None:
    others = select(User.id).where(User.role == "admin", User.status == "active", User.id != user.id).limit(1)
    if user.role == "admin" and user.status == "active" and session.scalar(others) is None:
        raise LastAdmin("user.last_admin", "This is the last active administrator. Make somebody else one first.")


def _record_change(
    session: Session, actor: Actor, user: User, *, what: str, before: str, after: str, now: datetime, memo: str | None = None
) -> None:
    old, new = {what: before}, {what: after}
    audit.record(
        session, actor, f"user.{what}_changed", entity_type="user", entity_id=user.id, now=now, before=old, after=new, memo=memo
    )
