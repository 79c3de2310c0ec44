"""Carry out one automatic top-up: one try per crossing, within the day's cap, never with a lock while calling out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ledger, ops
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.ids import uuid7
from core.kit.logs import logger
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.payments import gateways
from core.payments.gateways.stripe_gateway import Charge, Charged
from core.payments.methods import method_of
from core.payments.models import Deposit, PaymentMethod, TopUp, TopUpMandate
from core.payments.top_up import lock_agreement, switch_off

UNDER_WAY = timedelta(days=1)  # a charge whose outcome was never told stops counting as under way
_STANDING = text("""
    select coalesce(sum(amount_cents) filter (where created_at >= :midnight and status <> 'failed'), 0)::bigint as today,
           count(*) filter (where status = 'pending' and created_at > :recent) as open
      from deposit where provider_id = :provider and kind = 'top_up'""")


def begin_top_up(session: Session, *, provider_id: UUID, job_id: UUID, now: datetime) -> Charge | None:
    """The charge to make for a crossing, as a pending deposit; ``None`` when nothing is to be charged now.

    The same crossing tried again is the same deposit. Above the day's cap the crossing waits for the next day (UTC).
    """
    # Never the wallet's lock here: whoever holds it may be waiting for this very job's row.
    row = session.scalar(select(TopUp).where(TopUp.provider_id == provider_id).with_for_update())
    method = method_of(session, actor=SYSTEM, provider_id=provider_id)
    if row is None or not row.enabled or method is None or "stripe" not in gateways.configured():
        return None
    begun = session.scalar(select(Deposit).where(Deposit.top_up_job == job_id))
    if begun is not None:
        return _charge(begun, method) if begun.status == "pending" and begun.payment_ref is None else None
    mandate = session.get_one(TopUpMandate, row.mandate_id)
    if not _wanted(session, mandate, now):
        return None
    return _charge(_begin(session, mandate, job_id, now), method)


def note_charged(session: Session, *, charge: Charge, charged: Charged, now: datetime) -> None:
    """Keep Stripe's name of the payment; whether it was paid is for its signed event to say (SPEC 6.2)."""
    deposit = session.get_one(Deposit, charge.deposit_id, with_for_update=True, populate_existing=True)
    deposit.gateway_ref = deposit.payment_ref = charged.payment_ref
    if deposit.status == "pending":
        deposit.failure = charged.refused
    deposit.updated_at = now
    session.flush()


def note_success(session: Session, *, deposit: Deposit, now: datetime) -> None:
    """A top-up arrived: failures are counted from zero again, and a wallet that is still below asks for the next one.

    It crosses nothing any more on its way down, so nobody else would ask (SPEC 6.4).
    """
    row = lock_agreement(session, deposit.provider_id)
    if row is not None and row.failures:
        row.failures, row.updated_at = 0, now
        session.flush()
    below = text("select balance_cents < top_up_below_cents from wallet where provider_id = :p")
    if session.execute(below, {"p": deposit.provider_id}).scalar_one():
        about = {"provider_id": str(deposit.provider_id)}
        outbox.enqueue(session, "payment.top_up", key=f"{deposit.provider_id}:{deposit.id}", now=now, payload=about)


def note_failure(session: Session, *, deposit: Deposit, reason: str, now: datetime) -> None:
    """A top-up failed: its provider is told, and after several in a row it is switched off (SPEC 6.4)."""
    row = lock_agreement(session, deposit.provider_id)
    if row is None:
        return
    row.failures, row.updated_at = row.failures + 1, now
    most = ops.threshold(session, "top_up_failures")
    if row.enabled and row.failures >= most:
        off = f"It failed {row.failures} times in a row. Check the card and switch it on again."
        switch_off(session, actor=SYSTEM, row=row, reason=off, now=now)
        reason = f"{reason} Automatic top-up is switched off now, since it failed {row.failures} times in a row."
    session.flush()
    balance = ledger.balance(session, actor=SYSTEM, provider_id=deposit.provider_id).balance_cents
    context = {
        "amount": format_usd(deposit.amount_cents),
        "reason": reason,
        "balance": format_usd(balance),
        "link": f"{settings().base_url}/wallet",
    }
    request_mail(session, "top_up_failed", key=str(deposit.id), now=now, provider_id=deposit.provider_id, context=context)


def give_up(session: Session, *, job_id: UUID, now: datetime) -> None:
    """The gateway could not be asked in all tries of a crossing: told by a job of its own, which may lock the wallet."""
    deposit = session.scalar(select(Deposit).where(Deposit.top_up_job == job_id))
    if deposit is not None and deposit.status == "pending":
        about = {"deposit_id": str(deposit.id)}
        outbox.enqueue(session, "payment.top_up_failed", key=str(deposit.id), now=now, payload=about)


def tell_unreachable(session: Session, *, deposit_id: UUID, now: datetime) -> None:
    """Like any other failure; the deposit itself stays open until a signed event says otherwise."""
    deposit = session.get_one(Deposit, deposit_id, with_for_update=True, populate_existing=True)
    if deposit.status == "pending":
        note_failure(session, deposit=deposit, reason="The gateway could not be reached.", now=now)


def _wanted(session: Session, mandate: TopUpMandate, now: datetime) -> bool:
    """Is the company active, its wallet still below the threshold, no other charge under way, and room left in today's cap?"""
    wallet = ledger.balance(session, actor=SYSTEM, provider_id=mandate.provider_id)
    if not _is_active(session, mandate.provider_id):  # who can't buy is not charged; asked again when it is active again
        return False
    if wallet.balance_cents >= mandate.threshold_cents or wallet.frozen_at is not None:
        return False
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = {"provider": mandate.provider_id, "midnight": midnight, "recent": now - UNDER_WAY}
    standing = session.execute(_STANDING, asked).one()
    if standing.open:
        logger().info("top_up.under_way", provider_id=str(mandate.provider_id))
        return False
    if standing.today + mandate.amount_cents <= mandate.daily_cap_cents:
        return True
    _ask_again(session, mandate.provider_id, midnight + timedelta(days=1), now)
    return False


def _ask_again(session: Session, provider_id: UUID, at: datetime, now: datetime) -> None:
    payload = {"provider_id": str(provider_id)}
    outbox.enqueue(session, "payment.top_up", key=f"{provider_id}:{at.date()}", now=now, run_at=at, payload=payload)


def _begin(session: Session, mandate: TopUpMandate, job_id: UUID, now: datetime) -> Deposit:
    deposit = Deposit(
        id=uuid7(),
        provider_id=mandate.provider_id,
        gateway="stripe",
        kind="top_up",
        amount_cents=mandate.amount_cents,
        top_up_job=job_id,
        started_by=SYSTEM.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(deposit)
    session.flush()
    after = {"amount_cents": deposit.amount_cents, "mandate_id": str(mandate.id), "provider_id": str(mandate.provider_id)}
    audit.record(session, SYSTEM, "top_up.begun", entity_type="deposit", entity_id=deposit.id, now=now, after=after)
    return deposit


def _is_active(session: Session, provider_id: UUID) -> bool:
    status: str = session.execute(text("select status from provider where id = :p"), {"p": provider_id}).scalar_one()
    return status == "active"


def _charge(deposit: Deposit, method: PaymentMethod) -> Charge:
    return Charge(deposit.id, deposit.amount_cents, method.customer_ref, method.method_ref)
