"""The second factor: six digits from a phone, and ten codes for the day it is lost (SPEC 1.5)."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import pyotp
import segno
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from core import audit
from core.accounts.errors import WRONG_CODE, TotpConfirmed, TotpMissing, WrongCode
from core.accounts.models import RecoveryCode, User, UserSession
from core.accounts.reasons import checked_reason
from core.accounts.recovery_codes import new_recovery_codes, use_recovery_code
from core.accounts.sessions import SignedIn, open_session, revoke_sessions
from core.accounts.users import lock_user
from core.kit import crypto
from core.kit.actor import STAFF, Actor
from core.kit.errors import Forbidden

STEP_S = 30
DRIFT = 1  # steps that a phone's clock may be off, either way
_PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """What an authenticator needs: the secret, its address, and the address as a QR code (SVG)."""

    secret: str
    uri: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The recovery codes, readable this once, and the session that replaces the old ones."""

    recovery_codes: list[str]
    signed_in: SignedIn


def start_totp(session: Session, *, actor: Actor, now: datetime) -> TotpEnrolment:
    """The secret to set up, the same for the actor's session until it is confirmed; seen by no other session."""
    user = lock_user(session, actor.user_id)
    if user.totp_confirmed_at is not None:
        raise TotpConfirmed("totp.confirmed", "Your second factor is set up already.")
    row = _own_session(session, actor)
    if row.pending_totp is None:
        row.pending_totp = crypto.seal(pyotp.random_base32(), purpose=_PURPOSE)
        session.flush()
    secret = cast(str, crypto.unseal(row.pending_totp, purpose=_PURPOSE))
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="Hotleads")
    return TotpEnrolment(secret, uri, segno.make_qr(uri).svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))


def confirm_totp(session: Session, *, actor: Actor, code: str, now: datetime) -> Enrolled:
    """Switch the second factor on with its first code; every other session ends, this one is replaced."""
    user = lock_user(session, actor.user_id)
    if user.totp_confirmed_at is not None:
        raise TotpConfirmed("totp.confirmed", "Your second factor is set up already.")
    row = _own_session(session, actor)
    if row.pending_totp is None:
        raise TotpMissing("totp.not_started", "Start the set-up again: the QR code is no longer valid.")
    secret = cast(str, crypto.unseal(row.pending_totp, purpose=_PURPOSE))
    step = _step_of(secret, code, now=now)
    if step is None:
        raise WrongCode("totp.wrong_code", WRONG_CODE, fields={"code": WRONG_CODE})
    user.totp_secret, user.totp_confirmed_at, user.totp_last_step = row.pending_totp, now, step
    row.pending_totp, user.updated_at = None, now
    codes = new_recovery_codes(session, user.id)
    audit.record(session, actor, "user.second_factor_added", entity_type="user", entity_id=user.id, now=now)
    revoke_sessions(session, user_id=user.id, reason="second factor added", now=now)
    return Enrolled(codes, open_session(session, user=user, ip=actor.ip, user_agent=actor.user_agent, now=now))


def disable_totp(session: Session, *, actor: Actor, code: str, now: datetime) -> None:
    """Switch the second factor off; for providers only, and only with a code. Other sessions end."""
    if actor.role in STAFF:
        raise Forbidden("totp.required", "Your role needs a second factor. An administrator can let you set up a new phone.")
    user = _with_code(session, actor, code, now=now)
    clear(session, user, now=now)
    audit.record(session, actor, "user.second_factor_removed", entity_type="user", entity_id=user.id, now=now)
    revoke_sessions(session, user_id=user.id, reason="second factor removed", now=now, keep=actor.session_id)


def renew_recovery_codes(session: Session, *, actor: Actor, code: str, now: datetime) -> list[str]:
    """Ten new recovery codes in place of the old ones; needs a code."""
    user = _with_code(session, actor, code, now=now)
    codes = new_recovery_codes(session, user.id)
    audit.record(session, actor, "user.recovery_codes_renewed", entity_type="user", entity_id=user.id, now=now)
    return codes


def reset_totp(session: Session, *, actor: Actor, user_id: UUID, reason: str, now: datetime) -> None:
    """Let somebody who lost phone and codes enrol again; by another administrator, who checked who asks."""
    actor.require("admin")
    if actor.user_id == user_id:
        raise Forbidden("access.own_account", "Another administrator has to do this for you.")
    reason = checked_reason(reason, read_by="it is kept in the audit trail")
    user = lock_user(session, user_id)
    if user.totp_confirmed_at is None:
        raise TotpMissing("totp.missing", "This person has no second factor.")
    clear(session, user, now=now)
    audit.record(session, actor, "user.second_factor_reset", entity_type="user", entity_id=user.id, now=now, memo=reason)
    revoke_sessions(session, user_id=user.id, reason="second factor reset", now=now)


def code_accepted(session: Session, *, user: User, code: str, now: datetime) -> bool:
    """True when the code is the person's, and unused until now; it is used up by this call."""
    if user.totp_secret is None:
        return False
    plain = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(r"\d{6}", plain, re.ASCII):
        return use_recovery_code(session, user, plain, now=now)
    step = _step_of(cast(str, crypto.unseal(user.totp_secret, purpose=_PURPOSE)), plain, now=now)
    if step is None:
        return False
    # In the database, so that of two requests with one code at the same moment only one gets through. A step later than any that
    # is taken now was used while the clock was ahead: it says nothing of this one.
    used = session.execute(
        text("""update user_account set totp_last_step = :step
                where id = :id and (coalesce(totp_last_step, 0) < :step or totp_last_step > :latest) returning id"""),
        {"step": step, "id": user.id, "latest": int(now.timestamp()) // STEP_S + DRIFT},
    )
    return used.scalar_one_or_none() is not None


def current_code(user: User, *, now: datetime) -> str | None:
    """The code that would be accepted now (the next one when this one is used); for the demo's page only."""
    if user.totp_secret is None:
        return None
    step = max(int(now.timestamp()) // STEP_S, (user.totp_last_step or 0) + 1)
    return pyotp.TOTP(cast(str, crypto.unseal(user.totp_secret, purpose=_PURPOSE))).generate_otp(step)


def sealed_secret() -> bytes:
    """A new secret as it is stored."""
    return crypto.seal(pyotp.random_base32(), purpose=_PURPOSE)


def _step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The 30-second step, near now, whose code this is."""
    plain, current = re.sub(r"[\s-]", "", code), int(now.timestamp()) // STEP_S
    steps = range(current - DRIFT, current + DRIFT + 1)
    generator = pyotp.TOTP(secret)
    found = [step for step in steps if hmac.compare_digest(generator.generate_otp(step).encode(), plain.encode())]
    return max(found, default=None)


def _with_code(session: Session, actor: Actor, code: str, *, now: datetime) -> User:
    """The actor's own row, locked, provided the code is right."""
    user = lock_user(session, actor.user_id)
    if user.totp_confirmed_at is None:
        raise TotpMissing("totp.missing", "You have no second factor yet.")
    if not code_accepted(session, user=user, code=code, now=now):
        raise WrongCode("totp.wrong_code", WRONG_CODE, fields={"code": WRONG_CODE})
    return user


def _own_session(session: Session, actor: Actor) -> UserSession:
    if actor.session_id is None:
        raise Forbidden("access.session", "Sign in on this device to set up the second factor.")
    return session.get_one(UserSession, actor.session_id, populate_existing=True)


def clear(session: Session, user: User, *, now: datetime) -> None:
    """Take the second factor of a locked person away, recovery codes included; the caller audits why."""
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    user.updated_at = now
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.flush()
