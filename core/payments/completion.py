"""What a signed event makes of a deposit: completed with its transfers, or failed (SPEC 6.2).

Events come in any order and any number of times. Completed stands above failed, failed above pending; money that
arrived counts even when its failure was told first.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, ledger
from core.kit import metrics, outbox
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.logs import logger
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.payments import reversals, top_up_run
from core.payments.gateways import NAMES, Gateway
from core.payments.gateways.notices import Notice
from core.payments.models import Deposit


def complete(session: Session, deposit: Deposit, notice: Notice, *, now: datetime) -> tuple[str, str | None]:
    """Credit the wallet once with the amount we asked for and the bonus that was promised (SPEC 6.2, 6.6).

    Returns outcome and detail. Another amount, currency or payment than ours credits nothing and is shown to people.
    """
    problem = _differs(deposit, notice)
    if problem is not None:
        return _flag(session, deposit, problem, now)
    if deposit.status == "completed":
        return "unchanged", "It was completed before."
    _credit(session, deposit, now)
    deposit.payment_ref = notice.payment_ref
    deposit.status, deposit.completed_at, deposit.failed_at, deposit.updated_at = "completed", now, None, now
    deposit.failure = None
    session.flush()
    _tell(session, deposit, now)
    if deposit.save_method:
        outbox.enqueue(session, "payment.save_method", key=str(deposit.id), now=now, payload={"deposit_id": str(deposit.id)})
    if deposit.kind == "top_up":
        top_up_run.note_success(session, deposit=deposit, now=now)
    reversals.settle(session, deposit, now=now)
    return "completed", None


def fail(session: Session, deposit: Deposit, notice: Notice, *, now: datetime) -> tuple[str, str | None]:
    """Note that a pending deposit was not paid; a completed one stays completed."""
    if deposit.status != "pending" or notice.gateway_ref not in (None, deposit.gateway_ref):
        return "unchanged", f"It was {deposit.status} before, or another order is meant."
    reason = notice.reason or "The payment failed."
    deposit.status, deposit.failed_at, deposit.failure, deposit.updated_at = "failed", now, reason, now
    session.flush()
    after = {"status": "failed", "reason": reason}
    audit.record(session, SYSTEM, "deposit.failed", entity_type="deposit", entity_id=deposit.id, now=now, after=after)
    if deposit.kind == "top_up":
        top_up_run.note_failure(session, deposit=deposit, reason=reason, now=now)
    return "failed", reason


def note_reference(session: Session, deposit: Deposit, notice: Notice, *, now: datetime) -> tuple[str, str | None]:
    """Remember which payment a pending deposit waits for: the bank has not decided yet."""
    if deposit.payment_ref is None and notice.payment_ref and deposit.status == "pending":
        deposit.payment_ref, deposit.updated_at = notice.payment_ref, now
        session.flush()
    return "noted", "The payment is being processed."


def lock_payment(session: Session, gateway: Gateway, payment_ref: str) -> None:
    """One transaction at a time works on a payment, also while we don't know its deposit yet."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"payment:{gateway}:{payment_ref}", 0))))


def _differs(deposit: Deposit, notice: Notice) -> str | None:
    """In what the event differs from our own row, if it does."""
    if (notice.amount_cents, notice.currency) != (deposit.amount_cents, deposit.currency):
        told = "no amount" if notice.amount_cents is None else f"{notice.amount_cents / 100:.2f} {notice.currency}"
        return f"The gateway says {told}; we asked for {deposit.amount_cents / 100:.2f} {deposit.currency}."
    if notice.payment_ref is None:
        return "The gateway names no payment."
    if notice.gateway_ref not in (None, deposit.gateway_ref):
        return f"The gateway names another order, {notice.gateway_ref}."
    if deposit.payment_ref not in (None, notice.payment_ref) and deposit.status == "completed":
        return f"The gateway says it was paid a second time, by {notice.payment_ref}."
    return None


def _flag(session: Session, deposit: Deposit, problem: str, now: datetime) -> tuple[str, str]:
    """Leave the money alone and let people see it."""
    deposit.problem, deposit.updated_at = problem, now
    session.flush()
    audit.record(
        session, SYSTEM, "deposit.problem", entity_type="deposit", entity_id=deposit.id, now=now, after={"problem": problem}
    )
    logger().error("deposit.problem", deposit_id=str(deposit.id), problem=problem)
    metrics.BILLING_FAILURES.inc()
    return "mismatch", problem


def _credit(session: Session, deposit: Deposit, now: datetime) -> None:
    gateway = ledger.house_account(session, "gateway", name=deposit.gateway, now=now)
    _post(session, deposit, "deposit", debit=gateway, cents=deposit.amount_cents, now=now)
    if deposit.bonus_cents:
        bonus = ledger.house_account(session, "bonus", now=now)
        _post(session, deposit, "bonus", debit=bonus, cents=deposit.bonus_cents, now=now)


def _post(
    session: Session, deposit: Deposit, kind: Literal["deposit", "bonus"], *, debit: UUID, cents: int, now: datetime
) -> None:
    ledger.post(
        session,
        actor=SYSTEM,
        debit=debit,
        credit=ledger.wallet_account(session, deposit.provider_id),
        amount_cents=cents,
        kind=kind,
        idempotency_key=f"{kind}:{deposit.id}",
        now=now,
        reference_type="deposit",
        reference_id=deposit.id,
    )


def _tell(session: Session, deposit: Deposit, now: datetime) -> None:
    """The trail and the mail of a deposit that arrived."""
    after = {"status": "completed", "payment_ref": deposit.payment_ref}
    audit.record(session, SYSTEM, "deposit.completed", entity_type="deposit", entity_id=deposit.id, now=now, after=after)
    view = ledger.balance(session, actor=SYSTEM, provider_id=deposit.provider_id)
    context = {
        "amount": format_usd(deposit.amount_cents),
        "bonus": format_usd(deposit.bonus_cents) if deposit.bonus_cents else "",
        "balance": format_usd(view.balance_cents),
        "method": NAMES["stripe" if deposit.gateway == "stripe" else "paypal"],
        "reference": reference(deposit.id),
        "link": f"{settings().base_url}/wallet",
    }
    request_mail(session, "deposit_received", key=str(deposit.id), now=now, provider_id=deposit.provider_id, context=context)


def reference(deposit_id: UUID) -> str:
    """What people call a deposit in letters: short, and found again in the list of payments."""
    return f"D-{str(deposit_id)[-8:].upper()}"
