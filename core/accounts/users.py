"""People: made, found, listed (SPEC 1.1, 1.3, 1.8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, Select, Table, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.accounts import passwords, tokens
from core.accounts.emails import normalise_email
from core.accounts.errors import EmailTaken
from core.accounts.models import User
from core.kit import words
from core.kit.actor import STAFF, Actor, Role
from core.kit.db import constraint_of
from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.ids import SYSTEM_USER_ID, uuid7

MOST = 200
LONGEST_NAME = 200
# Companies belong to a higher chapter; only their names are read here.
_provider = Table("provider", MetaData(), Column("id"), Column("company_name"), Column("status"))


@dataclass(frozen=True, slots=True)
class UserView:
    """One line of the list of people."""

    id: UUID
    email: str
    full_name: str
    role: str
    status: str
    provider_id: UUID | None
    company: str | None
    owner: bool
    second_factor: bool
    email_verified_at: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime


def create_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    password: str | None,
    full_name: str,
    role: Role,
    provider_id: UUID | None = None,
    owner: bool = False,
    now: datetime,
) -> User:
    """Add a pending person and mail a verification link, or an invitation when no password is given (SPEC 1.3).

    Administrators add anybody; a visitor only becomes the owner of a company that has nobody yet.
    """
    _check_may_create(session, actor, role=role, provider_id=provider_id, owner=owner)
    address, _ = normalise_email(email)
    if password is not None:
        passwords.check_password(password, email=address, company=company_of(session, provider_id))
    # Hashed before the address is found to be taken, so that both cases take as long.
    hashed = passwords.hash_password(password) if password is not None else None
    user = add_user(
        session,
        actor=actor,
        email=address,
        full_name=checked_name(full_name),
        role=role,
        provider_id=provider_id,
        owner=owner,
        now=now,
    )
    if hashed is None:
        invite_by_mail(session, actor=actor, user=user, now=now)
        return user
    user.password_hash = hashed
    user.terms_accepted_at = now if actor.role == "public" else None
    session.flush()
    tokens.mail_link(session, user_id=user.id, purpose="verify_email", now=now)
    return user


def add_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    full_name: str,
    role: Role,
    provider_id: UUID | None = None,
    owner: bool = False,
    now: datetime,
) -> User:
    """A pending row without a password, audited; the caller has checked that the actor may."""
    address, key = normalise_email(email)
    user = User(id=uuid7(), email=address, email_key=key, full_name=full_name, role=role, provider_id=provider_id)
    user.owner, user.status, user.created_at, user.updated_at = owner, "pending", now, now
    _insert(session, user)
    after = {"role": role, "provider_id": str(provider_id) if provider_id else None, "owner": owner}
    audit.record(session, actor, "user.created", entity_type="user", entity_id=user.id, now=now, after=after)
    return user


def invite_by_mail(session: Session, *, actor: Actor, user: User, now: datetime) -> None:
    """Mail somebody who has no password yet the link on which they choose one."""
    company = company_of(session, user.provider_id) or "Hotleads"
    inviter = name_of(session, actor.user_id) or company
    tokens.mail_link(session, user_id=user.id, purpose="invitation", now=now, company=company, inviter=inviter)


def ensure_system_user(session: Session, *, now: datetime) -> None:
    """Make the system user (nil UUID) that acts for jobs and webhooks, unless it is there (SPEC 1.1)."""
    address = "system@hotleads.invalid"
    row = {"id": SYSTEM_USER_ID, "email": address, "email_key": address, "full_name": "Hotleads", "role": "system"}
    row |= {"status": "active", "owner": False, "demo": False, "created_at": now, "updated_at": now}
    session.execute(insert(User).values(row).on_conflict_do_nothing())


def list_users(
    session: Session,
    *,
    actor: Actor,
    role: Role | None = None,
    status: str | None = None,
    provider_id: UUID | None = None,
    search: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
    now: datetime,
) -> list[UserView]:
    """People, newest first; ``search`` is a fragment of e-mail or name (SPEC 1.8). Who reads them is recorded (SPEC 1.9)."""
    actor.require("admin")
    audit.record_reading(session, actor, "people", now=now)
    found = views().where(User.role != "system").order_by(User.id.desc()).limit(min(max(limit, 1), MOST))
    exact = {User.role: role, User.status: status, User.provider_id: provider_id}
    found = found.where(*(column == value for column, value in exact.items() if value is not None))
    if search:
        found = found.where((User.email_key + " " + User.full_name).icontains(search, autoescape=True))
    if before_id:
        found = found.where(User.id < before_id)
    return [UserView(**row._asdict()) for row in session.execute(found)]


def lock_user(session: Session, user_id: UUID) -> User:
    """The person's row, locked until the transaction ends; raises ``NotFound``, also for the system user."""
    found = session.scalars(
        select(User)
        .where(User.id == user_id, User.role != "system")
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("user.unknown", "There is no such person.")
    return found


def company_of(session: Session, provider_id: UUID | None) -> str:
    """The company's name; empty for staff."""
    return session.scalar(select(_provider.c.company_name).where(_provider.c.id == provider_id)) or ""


def company_closed(session: Session, provider_id: UUID | None) -> bool:
    """Whether the company has been closed, so that its people open nothing."""
    return session.scalar(select(_provider.c.status).where(_provider.c.id == provider_id)) == "deactivated"


def name_of(session: Session, user_id: UUID) -> str:
    """The person's name; empty for nobody in particular."""
    if user_id == SYSTEM_USER_ID:
        return ""
    return session.scalar(select(User.full_name).where(User.id == user_id)) or ""


def checked_name(full_name: str) -> str:
    """The name, tidied; raises ``Invalid`` with the field ``full_name``."""
    tidy = " ".join(words.tidy(full_name).split())
    if not 1 <= len(tidy) <= LONGEST_NAME:
        sentence = f"Enter a name of 1 to {LONGEST_NAME} characters."
        raise Invalid("name.invalid", sentence, fields={"full_name": sentence})
    return tidy


def as_actor(user: User, *, ip: str | None = None, user_agent: str | None = None, session_id: UUID | None = None) -> Actor:
    """The person as the one who acts."""
    role: Role = user.role  # type: ignore[assignment]  # the table's check allows no other
    return Actor(user.id, role, user.provider_id, session_id, ip, user_agent)


def views() -> Select[Any]:
    """The columns of ``UserView``, for lists and single people."""
    return select(
        *(getattr(User, name) for name in ("id", "email", "full_name", "role", "status", "provider_id", "owner")),
        *(getattr(User, name) for name in ("email_verified_at", "last_sign_in_at", "created_at")),
        User.totp_confirmed_at.is_not(None).label("second_factor"),
        _provider.c.company_name.label("company"),
    ).join_from(User, _provider, _provider.c.id == User.provider_id, isouter=True)


def _check_may_create(session: Session, actor: Actor, *, role: Role, provider_id: UUID | None, owner: bool) -> None:
    if role not in (*STAFF, "provider"):
        raise Invalid(
            "user.role", "Choose one of the roles admin, analyst, scientist or provider.", fields={"role": "Unknown role."}
        )
    if (role == "provider") != (provider_id is not None):
        raise Invalid(
            "user.provider", "People of a company have the role provider, and nobody else.", fields={"role": "Wrong role."}
        )
    if actor.role != "public":
        actor.require("admin")
        return
    taken = session.scalar(select(func.count()).select_from(User).where(User.provider_id == provider_id))
    if role != "provider" or not owner or taken:
        raise Forbidden("access.forbidden", "Ask an owner of this company to invite you.")


def _insert(session: Session, user: User) -> None:
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "user_account_email_key_key":
            raise
        sentence = "There is an account with this address already. Sign in, or ask for a new password."
        raise EmailTaken("email.taken", sentence, fields={"email": sentence}) from error
