"""Tables of ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class LedgerAccount(Base):
    """Table ``ledger_account``; rules stand in the migrations' SQL."""

    __tablename__ = "ledger_account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]


class Wallet(Base):
    """Table ``wallet``; rules stand in the migrations' SQL."""

    __tablename__ = "wallet"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    balance_cents: Mapped[int] = mapped_column(default=0)
    low_balance_cents: Mapped[int] = mapped_column(default=5000)
    frozen_at: Mapped[datetime | None]
    frozen_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class Transfer(Base):
    """Table ``transfer``; rules stand in the migrations' SQL."""

    __tablename__ = "transfer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    debit_account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    credit_account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    amount_cents: Mapped[int]
    kind: Mapped[str]
    reference_type: Mapped[str | None]
    reference_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    memo: Mapped[str | None]
    wallet_balance_cents: Mapped[int | None]
    idempotency_key: Mapped[str]
    at: Mapped[datetime]
