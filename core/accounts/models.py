"""Tables of accounts; checks and unique keys stand in the migrations' SQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class User(Base):
    """A person who signs in, or the system user (nil UUID, SPEC 1.1)."""

    __tablename__ = "user_account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str]
    password_hash: Mapped[str | None]
    full_name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    owner: Mapped[bool] = mapped_column(default=False)
    email_verified_at: Mapped[datetime | None]
    terms_accepted_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    demo: Mapped[bool] = mapped_column(default=False)
    last_sign_in_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class UserSession(Base):
    """One sign-in; the cookie names its row (SPEC 1.4)."""

    __tablename__ = "user_session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    ip: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    pending_totp: Mapped[bytes | None]


class AccountToken(Base):
    """A link or half-way token; only its SHA-256 is kept (SPEC 1.3, 1.5)."""

    __tablename__ = "account_token"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A one-time code for the day the phone is lost (SPEC 1.5)."""

    __tablename__ = "recovery_code"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """A program's key; its secret is kept as a SHA-256 only (SPEC 1.1)."""

    __tablename__ = "api_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_hash: Mapped[bytes]
    ending: Mapped[str]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_ip: Mapped[str | None] = mapped_column(INET)
    revoked_at: Mapped[datetime | None]
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"))
