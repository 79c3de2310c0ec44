"""Automatic top-up: what a provider agreed to (SPEC 6.4). Its carrying out is in ``top_up_run.py``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.kit.money import format_usd
from core.kit.words import one_line
from core.payments.errors import NoSavedMethod, TopUpInvalid
from core.payments.methods import forget_card, method_of
from core.payments.models import TopUp, TopUpMandate

BY_PROVIDER = "Switched off by the provider."
NO_CARD = "The saved card was removed."


@dataclass(frozen=True, slots=True)
class TopUpView:
    """A provider's automatic top-up; amounts in cents, ``off_reason`` says why it is off."""

    provider_id: UUID
    enabled: bool
    threshold_cents: int
    amount_cents: int
    daily_cap_cents: int
    mandate_text: str
    agreed_at: datetime
    failures: int
    off_reason: str | None
    card: str | None


def set_top_up(
    session: Session,
    *,
    actor: Actor,
    enabled: bool,
    threshold_cents: int = 0,
    amount_cents: int = 0,
    daily_cap_cents: int = 0,
    mandate_text: str = "",
    now: datetime,
) -> TopUpView | None:
    """Switch the actor's automatic top-up on, with the words agreed to, or off (SPEC 6.4); amounts in cents.

    Every change is a new mandate. A wallet below the threshold already is topped up at once. ``None`` when there was
    nothing to switch off. Raises ``TopUpInvalid``, ``NoSavedMethod``.
    """
    provider_id = actor.require_provider()
    row = lock_agreement(session, provider_id)
    if not enabled:
        return _off(session, actor, row, now)
    mandate = _mandate(session, actor, provider_id, threshold_cents, amount_cents, daily_cap_cents, mandate_text, now)
    session.add(mandate)
    session.flush()
    row = row or TopUp(provider_id=provider_id)
    row.mandate_id, row.enabled, row.failures, row.off_reason, row.updated_at = mandate.id, True, 0, None, now
    session.add(row)
    session.flush()
    watch(session, provider_id, threshold_cents)
    figures = {"threshold_cents": threshold_cents, "amount_cents": amount_cents, "daily_cap_cents": daily_cap_cents}
    after = figures | {"mandate_id": str(mandate.id)}
    audit.record(session, actor, "top_up.agreed", entity_type="provider", entity_id=provider_id, now=now, after=after)
    below = text("select balance_cents < top_up_below_cents from wallet where provider_id = :p")
    if session.execute(below, {"p": provider_id}).scalar_one():
        # A key of its own: an open job of the wallet's crossing may be waiting for our locks.
        key = f"{provider_id}:{mandate.id}"
        outbox.enqueue(session, "payment.top_up", key=key, now=now, payload={"provider_id": str(provider_id)})
    return top_up_of(session, actor=actor, provider_id=provider_id)


def top_up_of(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> TopUpView | None:
    """A provider's automatic top-up, ``None`` before there ever was one: their own for its users, anyone's for staff."""
    if actor.role == "provider":
        provider_id = actor.require_provider()
    else:
        actor.require("admin", "analyst")
    found = session.execute(
        select(TopUp, TopUpMandate)
        .join(TopUpMandate, TopUpMandate.id == TopUp.mandate_id)
        .where(TopUp.provider_id == provider_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or provider_id is None:
        return None
    row, mandate = found
    card = method_of(session, actor=actor, provider_id=provider_id)
    return TopUpView(
        provider_id=provider_id,
        enabled=row.enabled,
        threshold_cents=mandate.threshold_cents,
        amount_cents=mandate.amount_cents,
        daily_cap_cents=mandate.daily_cap_cents,
        mandate_text=mandate.wording,
        agreed_at=mandate.at,
        failures=row.failures,
        off_reason=row.off_reason,
        card=f"{card.brand} ending in {card.last4}, expires {card.expires}" if card else None,
    )


def switch_off(session: Session, *, actor: Actor, row: TopUp, reason: str, now: datetime) -> None:
    """Stop a top-up for a reason that its provider reads; the mandate stays on record."""
    row.enabled, row.off_reason, row.updated_at = False, reason, now
    session.flush()
    watch(session, row.provider_id, None)
    audit.record(
        session, actor, "top_up.off", entity_type="provider", entity_id=row.provider_id, now=now, after={"reason": reason}
    )


def watch(session: Session, provider_id: UUID, below_cents: int | None) -> None:
    """Have the wallet ask for a top-up when it falls below so many cents, or no more (``None``)."""
    session.execute(
        text("update wallet set top_up_below_cents = :below where provider_id = :p"), {"below": below_cents, "p": provider_id}
    )


def remove_method(session: Session, *, actor: Actor, now: datetime) -> None:
    """Forget the actor's saved card, and with it the automatic top-up. Raises ``NoSavedMethod``."""
    provider_id = actor.require_provider()
    row = lock_agreement(session, provider_id)
    forget_card(session, actor=actor, provider_id=provider_id, now=now)
    if row is not None and row.enabled:
        switch_off(session, actor=actor, row=row, reason=NO_CARD, now=now)


def lock_agreement(session: Session, provider_id: UUID) -> TopUp | None:
    """The top-up of a provider, held until the transaction ends: always after its wallet, which a switch touches too."""
    session.execute(text("select from wallet where provider_id = :p for no key update"), {"p": provider_id})
    query = select(TopUp).where(TopUp.provider_id == provider_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _off(session: Session, actor: Actor, row: TopUp | None, now: datetime) -> TopUpView | None:
    if row is not None and row.enabled:
        switch_off(session, actor=actor, row=row, reason=BY_PROVIDER, now=now)
    return top_up_of(session, actor=actor)


def _mandate(
    session: Session, actor: Actor, provider_id: UUID, threshold: int, amount: int, cap: int, wording: str, now: datetime
) -> TopUpMandate:
    """The mandate as agreed now; raises naming every field that breaks a rule."""
    method = method_of(session, actor=actor, provider_id=provider_id)
    if method is None:
        raise NoSavedMethod("top_up.no_card", "Save a card first: tick the box when you next add money by card.")
    _check_amounts(session, threshold, amount, cap)
    return TopUpMandate(
        id=uuid7(),
        provider_id=provider_id,
        method_id=method.id,
        wording=one_line(wording, field="mandate_text", least=20, most=2000),
        threshold_cents=threshold,
        amount_cents=amount,
        daily_cap_cents=cap,
        agreed_by=actor.user_id,
        ip=actor.ip,
        at=now,
    )


def _check_amounts(session: Session, threshold: int, amount: int, cap: int) -> None:
    least, most = ops.threshold(session, "deposit_least_cents"), ops.threshold(session, "deposit_most_cents")
    fields = {}
    if not least <= amount <= most:
        fields["amount_cents"] = f"Enter an amount from {format_usd(least)} to {format_usd(most)}."
    if not 1 <= threshold <= most:
        fields["threshold_cents"] = f"Enter a balance above zero, at most {format_usd(most)}."
    if not amount <= cap <= 10 * most:
        fields["daily_cap_cents"] = "The most per day must be at least one top-up."
    if fields:
        raise TopUpInvalid("top_up.invalid", "Some amounts can't be used. Please correct them.", fields=fields)
