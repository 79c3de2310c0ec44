"""Sign in with a password, then with a second factor (SPEC 1.2, 1.4, 1.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.accounts import passwords, tokens, totp
from core.accounts.emails import email_key
from core.accounts.errors import (
    WRONG_CODE,
    AccountClosed,
    HalfWayEnded,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    NotVerified,
    SignInRefused,
)
from core.accounts.models import User
from core.accounts.sessions import SignedIn, open_session
from core.accounts.users import company_closed
from core.kit.crypto import token_hash

TRIES = 5


@dataclass(frozen=True, slots=True)
class HalfWay:
    """The password was right; the token is good for the second factor, and for nothing else."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A wrong code. Returned, not raised: the try must be kept by the transaction that counted it."""

    tries_left: int
    message: str = WRONG_CODE


def sign_in(
    session: Session, *, email: str, password: str, ip: str | None, user_agent: str | None, now: datetime
) -> SignedIn | HalfWay:
    """Open a session, or ask for the second factor; raises ``SignInRefused``, ``NotVerified``, ``AccountClosed``.

    Unknown addresses cost the same time as wrong passwords.
    """
    key = email_key(email)
    found = session.scalars(select(User).where(User.email_key == key)).one_or_none() if key else None
    stored = found.password_hash if found else None
    if not passwords.password_ok(stored, password) or found is None or stored is None:
        raise SignInRefused("sign_in.refused", "E-mail or password is not right. Check both, or ask for a new password.")
    user = _still_theirs(session, found.id, stored, password=password, now=now)
    _check_open(session, user)
    if user.totp_confirmed_at is not None:
        _, token = tokens.issue(session, user_id=user.id, purpose="second_factor", now=now)
        return HalfWay(token, now + tokens.LIFETIMES["second_factor"])
    user.last_sign_in_at = now
    return open_session(session, user=user, ip=ip, user_agent=user_agent, now=now)


def second_factor(
    session: Session, *, half_way: str, code: str, ip: str | None, user_agent: str | None, now: datetime
) -> SignedIn | CodeRefused:
    """Finish signing in with an authenticator or recovery code; five tries in five minutes (SPEC 1.5).

    Raises ``HalfWayEnded``. Each code works once, also when two requests bring it at the same moment.
    """
    user = _half_way_user(session, half_way, now=now)
    tries = _count_try(session, half_way)
    _check_open(session, user)
    if not totp.code_accepted(session, user=user, code=code, now=now):
        return CodeRefused(TRIES - tries)
    tokens.use(session, token=half_way, purpose="second_factor", now=now)
    user.last_sign_in_at = now
    return open_session(session, user=user, ip=ip, user_agent=user_agent, now=now)


def _still_theirs(session: Session, user_id: UUID, stored: str, *, password: str, now: datetime) -> User:
    """Lock the person, provided the password did not change while it was being checked."""
    user = session.get_one(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user.password_hash != stored:
        raise SignInRefused("sign_in.refused", "The password was changed a moment ago. Sign in with the new one.")
    if passwords.needs_rehash(stored):
        user.password_hash, user.updated_at = passwords.hash_password(password), now
    return user


def _check_open(session: Session, user: User) -> None:
    if user.status == "pending":
        raise NotVerified("account.not_verified", "Please confirm your e-mail address first: the link is in our mail to you.")
    if user.status != "active":
        raise AccountClosed("account.closed", f"This account is {user.status}. Write to us if you think that is a mistake.")
    if company_closed(session, user.provider_id):
        raise AccountClosed(
            "account.company_closed", "Your company's account is closed. Write to us if you think that is a mistake."
        )


def _half_way_user(session: Session, half_way: str, *, now: datetime) -> User:
    """Lock the person before the token, as every other verb does."""
    try:
        user_id = tokens.owner(session, token=half_way, purpose="second_factor", now=now)
    except (LinkUnknown, LinkUsed, LinkExpired) as error:
        raise _ended() from error
    return session.get_one(User, user_id, with_for_update={"key_share": True}, populate_existing=True)


def _count_try(session: Session, half_way: str) -> int:
    """Count one try in the token's row and return their number."""
    tries = session.execute(
        text("""update account_token set tries = tries + 1
                where token_hash = :hash and purpose = 'second_factor' and used_at is null and tries < :most returning tries"""),
        {"hash": token_hash(half_way), "most": TRIES},
    ).scalar_one_or_none()
    if tries is None:
        raise _ended()
    return int(tries)


def _ended() -> HalfWayEnded:
    return HalfWayEnded("second_factor.ended", "The time or the tries for this sign-in are used up. Please sign in again.")
