"""Prove that an address is one's own: after sign-up, and by invitation (SPEC 1.3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.accounts import passwords, tokens, totp
from core.accounts.emails import email_key, normalise_email
from core.accounts.errors import EmailTaken, LinkUsed
from core.accounts.models import User
from core.accounts.team import require_owner
from core.accounts.users import add_user, as_actor, checked_name, company_of, invite_by_mail, lock_user
from core.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invited person sees before choosing a password."""

    email: str
    full_name: str
    company: str


def verify_email(session: Session, *, token: str, now: datetime) -> User:
    """Make a pending person active; raises ``LinkUnknown``, ``LinkUsed`` or ``LinkExpired`` (SPEC 1.3)."""
    user = lock_user(session, tokens.owner(session, token=token, purpose="verify_email", now=now))
    tokens.use(session, token=token, purpose="verify_email", now=now)
    _activate(session, user, now=now)
    audit.record(session, as_actor(user), "user.email_verified", entity_type="user", entity_id=user.id, now=now)
    return user


def resend_verification(session: Session, *, email: str, now: datetime) -> None:
    """Mail a new link to somebody who is still pending; says nothing about who is known (SPEC 1.3)."""
    user = session.scalars(select(User).where(User.email_key == email_key(email))).one_or_none()
    if user is not None and user.status == "pending" and user.password_hash is not None:
        tokens.mail_link(session, user_id=user.id, purpose="verify_email", now=now)


def invite(session: Session, *, actor: Actor, email: str, now: datetime) -> User:
    """Ask somebody into the actor's company, by an owner; inviting a pending colleague again mails a new link, and
    whoever an owner has removed may come back with a new password."""
    provider_id = require_owner(session, actor)
    _, key = normalise_email(email)
    # Locked: who accepts the last invitation at this very moment is no longer one to invite.
    mine = select(User).where(User.email_key == key).with_for_update(key_share=True)
    known = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if known is None:
        known = add_user(session, actor=actor, email=email, full_name="", role="provider", provider_id=provider_id, now=now)
    elif known.provider_id == provider_id and known.removed_at is not None:
        _begin_anew(session, known, now=now)
    elif known.provider_id != provider_id or known.status != "pending" or known.password_hash is not None:
        words = "There is an account with this address already."
        raise EmailTaken("email.taken", words, fields={"email": words})
    invite_by_mail(session, actor=actor, user=known, now=now)
    audit.record(session, actor, "user.invited", entity_type="user", entity_id=known.id, now=now)
    return known


def invitation_of(session: Session, *, token: str, now: datetime) -> Invitation:
    """Who is invited where, without accepting; raises ``LinkUnknown``, ``LinkUsed`` or ``LinkExpired``."""
    user = session.get_one(User, tokens.owner(session, token=token, purpose="invitation", now=now))
    return Invitation(user.email, user.full_name, company_of(session, user.provider_id) or "Hotleads")


def accept_invitation(session: Session, *, token: str, full_name: str, password: str, now: datetime) -> User:
    """Give an invited person a name and a password; the link proved the address (SPEC 1.3)."""
    user = lock_user(session, tokens.owner(session, token=token, purpose="invitation", now=now))
    if user.password_hash is not None:
        raise LinkUsed("link.used", "This invitation was accepted already. Sign in, or ask for a new password.")
    passwords.check_password(password, email=user.email, company=company_of(session, user.provider_id))
    name = checked_name(full_name)
    tokens.use(session, token=token, purpose="invitation", now=now)
    user.full_name, user.password_hash, user.terms_accepted_at = name, passwords.hash_password(password), now
    _activate(session, user, now=now)
    audit.record(session, as_actor(user), "user.invitation_accepted", entity_type="user", entity_id=user.id, now=now)
    return user


def _begin_anew(session: Session, user: User, *, now: datetime) -> None:
    """Somebody who was removed by an owner is as good as new: without password and second factor."""
    user.status, user.removed_at, user.password_hash, user.email_verified_at = "pending", None, None, None
    totp.clear(session, user, now=now)


def _activate(session: Session, user: User, *, now: datetime) -> None:
    """Only a pending person becomes active: a link in an old mail does not undo a suspension."""
    user.email_verified_at = user.email_verified_at or now
    if user.status == "pending":
        user.status = "active"
    user.updated_at = now
    session.flush()
