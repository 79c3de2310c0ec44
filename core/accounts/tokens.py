"""Links by e-mail and half-way tokens: 32 random bytes, stored as SHA-256, used once (SPEC 1.3, 1.5)."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import ops
from core.accounts.errors import LinkExpired, LinkUnknown, LinkUsed
from core.accounts.models import AccountToken
from core.kit.config import settings
from core.kit.crypto import new_token, token_hash
from core.kit.ids import uuid7
from core.kit.mail import request_mail

Purpose = Literal["verify_email", "reset_password", "invitation", "second_factor"]
LIFETIMES: dict[Purpose, timedelta] = {"invitation": timedelta(days=7), "second_factor": timedelta(minutes=5)}
_PAGES = {"verify_email": "verify", "reset_password": "reset", "invitation": "invitation"}
_LETTERS = {"verify_email": "verification", "reset_password": "password_reset", "invitation": "invitation"}


def issue(session: Session, *, user_id: UUID, purpose: Purpose, now: datetime) -> tuple[UUID, str]:
    """A new token; open ones of the same person and purpose die, except half-way ones (two browsers may sign in)."""
    if purpose != "second_factor":
        end(session, user_id=user_id, purposes=[purpose], now=now)
    token = new_token()
    row = AccountToken(id=uuid7(), user_id=user_id, purpose=purpose, token_hash=token_hash(token), created_at=now)
    row.expires_at = now + _lifetime(session, purpose)
    session.add(row)
    session.flush()
    return row.id, token


def _lifetime(session: Session, purpose: Purpose) -> timedelta:
    """How long a new token works: two kinds by the settings of the business (SPEC 1.3), the others always as long."""
    if purpose == "verify_email":
        return timedelta(hours=ops.threshold(session, "verification_hours"))
    if purpose == "reset_password":
        return timedelta(minutes=ops.threshold(session, "reset_minutes"))
    return LIFETIMES[purpose]


def mail_link(session: Session, *, user_id: UUID, purpose: Purpose, now: datetime, company: str = "", inviter: str = "") -> None:
    """Issue a token and ask for the letter that carries its link; the queue holds the link encrypted only."""
    token_id, token = issue(session, user_id=user_id, purpose=purpose, now=now)
    sealed = {"link": f"{settings().base_url}/{_PAGES[purpose]}?token={token}"}
    if purpose == "invitation":
        sealed |= {"inviter": inviter}
    context = {"company": company} if purpose == "invitation" else None
    request_mail(session, _LETTERS[purpose], key=str(token_id), now=now, user_id=user_id, context=context, sealed=sealed)


def owner(session: Session, *, token: str, purpose: Purpose, now: datetime) -> UUID:
    """Whose token it is, without using it; raises ``LinkUnknown``, ``LinkUsed`` or ``LinkExpired``."""
    found = session.execute(
        select(AccountToken.user_id, AccountToken.used_at, AccountToken.expires_at).where(
            AccountToken.token_hash == token_hash(token), AccountToken.purpose == purpose
        )
    ).one_or_none()
    if found is None:
        raise LinkUnknown("link.unknown", "This link is not one of ours. Check that you copied all of it.")
    if found.used_at is not None:
        raise LinkUsed("link.used", "This link was used already, or a newer one was sent. Use the newest mail.")
    if found.expires_at <= now:
        raise LinkExpired("link.expired", "This link has expired. Ask for a new one.")
    user_id: UUID = found.user_id
    return user_id


def use(session: Session, *, token: str, purpose: Purpose, now: datetime) -> UUID:
    """Use the token up and return whose it is; of two at the same moment one wins, the other gets ``LinkUsed``."""
    used = session.execute(
        update(AccountToken)
        .where(
            AccountToken.token_hash == token_hash(token),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(AccountToken.user_id)
    ).scalar_one_or_none()
    if used is None:
        owner(session, token=token, purpose=purpose, now=now)  # says what is wrong with it
        raise LinkUsed("link.used", "This link is being used at this very moment.")
    return used


def end(session: Session, *, user_id: UUID, purposes: list[Purpose], now: datetime) -> None:
    """Let a person's open tokens die."""
    session.execute(
        text("""update account_token set used_at = :now
                where user_id = :user_id and purpose = any(:purposes) and used_at is null"""),
        {"now": now, "user_id": user_id, "purposes": list(purposes)},
    )
