"""People of the demo market: made ready to sign in, their codes shown where nobody else can look (SPEC 1.5)."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from core.accounts import passwords, tokens, totp
from core.accounts.models import User
from core.accounts.users import add_user
from core.kit.actor import STAFF, SYSTEM, Role
from core.kit.config import settings
from core.kit.errors import Forbidden, HotleadsError


def add_demo_user(
    session: Session,
    *,
    email: str,
    password: str,
    full_name: str,
    role: Role,
    provider_id: UUID | None = None,
    owner: bool = False,
    now: datetime,
) -> User:
    """An active, verified person of the demo market; staff have their second factor set up already."""
    if not settings().demo:
        raise Forbidden("demo.off", "People of the demo are made only while HOTLEADS_DEMO is on.")
    user = add_user(
        session, actor=SYSTEM, email=email, full_name=full_name, role=role, provider_id=provider_id, owner=owner, now=now
    )
    user.demo, user.status, user.email_verified_at, user.terms_accepted_at = True, "active", now, now
    user.password_hash = _hash_once(password)
    if role in STAFF:
        user.totp_secret, user.totp_confirmed_at = totp.sealed_secret(), now
    session.flush()
    return user


def demo_code(session: Session, *, half_way: str, now: datetime) -> str | None:
    """The code that would finish this sign-in; only for people of the demo, at a loopback address (SPEC 1.5)."""
    if not (settings().demo and settings().is_local_address):
        return None
    try:
        user_id = tokens.owner(session, token=half_way, purpose="second_factor", now=now)
    except HotleadsError:
        return None  # the page itself says that the sign-in is over
    user = session.get_one(User, user_id)
    return totp.current_code(user, now=now) if user.demo else None


@lru_cache(maxsize=8)
def _hash_once(password: str) -> str:
    """The whole demo shares a few published passwords; hashing them 120 times would take longer than the rest."""
    return passwords.hash_password(password)
