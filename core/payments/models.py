"""Tables of payments; checks, guards and triggers stand in ``14_payments.sql`` and ``15_plans.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class Deposit(Base):
    """Money on its way into a wallet: pending until a signed event completes or fails it."""

    __tablename__ = "deposit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    gateway: Mapped[str]
    kind: Mapped[str] = mapped_column(default="checkout")
    status: Mapped[str] = mapped_column(default="pending")
    amount_cents: Mapped[int]
    bonus_cents: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="USD")
    pack_id: Mapped[UUID | None]
    save_method: Mapped[bool] = mapped_column(default=False)
    gateway_ref: Mapped[str | None]
    gateway_url: Mapped[str | None]
    payment_ref: Mapped[str | None]
    failure: Mapped[str | None]
    problem: Mapped[str | None]
    reversed_cents: Mapped[int] = mapped_column(default=0)
    bonus_reversed_cents: Mapped[int] = mapped_column(Computed("bonus_cents * reversed_cents / amount_cents"))
    reversal_steps: Mapped[int] = mapped_column(default=0)
    froze_wallet_at: Mapped[datetime | None]
    top_up_job: Mapped[UUID | None]
    started_by: Mapped[UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class PaymentEvent(Base):
    """One event of a gateway, taken in once whatever the number of deliveries."""

    __tablename__ = "payment_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    event_id: Mapped[str]
    event_type: Mapped[str]
    transmission: Mapped[str | None]
    sealed: Mapped[bytes | None]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    detail: Mapped[str | None]
    deposit_id: Mapped[UUID | None] = mapped_column(ForeignKey("deposit.id"))


class PaymentReversal(Base):
    """A chargeback or a refund at the gateway: open, lost or won, as seen by the house."""

    __tablename__ = "payment_reversal"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    reversal_ref: Mapped[str]
    payment_ref: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    amount_cents: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PaymentMethod(Base):
    """A card that the gateway keeps for a provider, known to us by its names there."""

    __tablename__ = "payment_method"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    gateway: Mapped[str]
    customer_ref: Mapped[str]
    method_ref: Mapped[str]
    brand: Mapped[str]
    last4: Mapped[str]
    expires: Mapped[str]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class TopUpMandate(Base):
    """What a provider agreed to, word for word. Never changed, never deleted."""

    __tablename__ = "top_up_mandate"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    method_id: Mapped[UUID] = mapped_column(ForeignKey("payment_method.id"))
    wording: Mapped[str]
    threshold_cents: Mapped[int]
    amount_cents: Mapped[int]
    daily_cap_cents: Mapped[int]
    agreed_by: Mapped[UUID]
    ip: Mapped[str | None] = mapped_column(INET)
    at: Mapped[datetime]


class TopUp(Base):
    """Whether a provider's wallet is topped up by itself, and by which mandate."""

    __tablename__ = "top_up"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("top_up_mandate.id"))
    enabled: Mapped[bool]
    failures: Mapped[int] = mapped_column(default=0)
    off_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class CreditPack(Base):
    """A deposit size with its bonus."""

    __tablename__ = "credit_pack"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    amount_cents: Mapped[int]
    bonus_cents: Mapped[int]
    position: Mapped[int]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Plan(Base):
    """A membership tier: its monthly fee and what it gives."""

    __tablename__ = "plan"
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    fee_cents: Mapped[int]
    discount_percent: Mapped[int]
    hold_minutes: Mapped[int]
    cart_size: Mapped[int]
    early_access_minutes: Mapped[int]
    position: Mapped[int]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Membership(Base):
    """One stay of a provider on a paid plan; who has none is on the free one."""

    __tablename__ = "membership"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    plan_key: Mapped[str] = mapped_column(ForeignKey("plan.key"))
    started_at: Mapped[datetime]
    periods: Mapped[int]
    paid_until: Mapped[datetime]
    next_plan_key: Mapped[str | None] = mapped_column(ForeignKey("plan.key"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class PlanFee(Base):
    """One period of a membership and what was paid for it, once."""

    __tablename__ = "plan_fee"
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id"), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    worth_cents: Mapped[int]
    paid_cents: Mapped[int]
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfer.id"))
    charged_at: Mapped[datetime]
