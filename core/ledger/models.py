"""Tables of money; checks, triggers and the moving of cached balances stand in ``07_ledger.sql``."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class LedgerAccount(Base):
    """One account: a provider's wallet or receivable, or one of the house's own. Never changed, never deleted."""

    __tablename__ = "ledger_account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]


class Wallet(Base):
    """What a provider can spend: the cached balance of its account, which only transfers change, and its state."""

    __tablename__ = "wallet"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    balance_cents: Mapped[int] = mapped_column(default=0)
    low_balance_cents: Mapped[int] = mapped_column(default=5000)
    top_up_below_cents: Mapped[int | None]
    frozen_at: Mapped[datetime | None]
    frozen_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class Transfer(Base):
    """One immutable movement from the debited to the credited account; the database refuses update and delete."""

    __tablename__ = "transfer"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    debit_account_id: Mapped[UUID]
    credit_account_id: Mapped[UUID]
    amount_cents: Mapped[int]
    kind: Mapped[str]
    reference_type: Mapped[str | None]
    reference_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    memo: Mapped[str | None]
    wallet_balance_cents: Mapped[int | None]
    idempotency_key: Mapped[str]
    at: Mapped[datetime]


class Partner(Base):
    """A company that sends leads for a share of what they are sold for, and the account that says what we owe it."""

    __tablename__ = "partner"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    share_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    payable_account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
