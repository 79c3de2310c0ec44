"""Tables of accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class User(Base):
    """Table ``user_account``; rules stand in the migrations' SQL."""

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
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class UserSession(Base):
    """Table ``user_session``; rules stand in the migrations' SQL."""

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


class AccountToken(Base):
    """Table ``account_token``; rules stand in the migrations' SQL."""

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
    """Table ``recovery_code``; rules stand in the migrations' SQL."""

    __tablename__ = "recovery_code"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]
