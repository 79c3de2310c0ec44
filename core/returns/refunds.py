"""Pay an assignment back: the one way to a refund, in full and once, whoever decides it (SPEC 7.4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ledger
from core.inventory import Assignment
from core.kit import metrics, words
from core.kit.actor import Actor
from core.returns import claims, news
from core.returns.errors import RefundedAlready, ReportOpen
from core.returns.models import Claim, Refund

Cause = Literal["refund", "class_credit", "overdue_credit", "manual"]

# What the wallet's history says of it; the decider's own words stay with the refund, where they can be erased.
IN_THE_BOOKS: dict[Cause, str] = {
    "refund": "Bad-lead report upheld",
    "class_credit": "The lead itself was bad: all its buyers are credited",
    "overdue_credit": "Bad-lead report not answered in time",
    "manual": "Refund by an administrator",
}


def refund(session: Session, *, actor: Actor, assignment_id: UUID, memo: str, now: datetime) -> Refund:
    """Pay a lead back without a report (SPEC 7.4); admins only, memo of 10 to 1,000 characters.

    Raises ``ReportOpen`` while a report waits, which is decided instead, and ``RefundedAlready``.
    """
    actor.require("admin")
    memo = claims.checked_memo(memo)
    sold = claims.lock_assignment(session, assignment_id)
    if session.scalar(select(Claim.id).where(Claim.assignment_id == assignment_id, Claim.status.in_(claims.OPEN))):
        raise ReportOpen
    paid = pay_back(session, actor, sold, cause="manual", memo=memo, now=now)
    news.refunded(session, sold, memo=memo, now=now)
    return paid


def pay_back(
    session: Session, actor: Actor, sold: Assignment, *, cause: Cause, claim_id: UUID | None = None, memo: str, now: datetime
) -> Refund:
    """Move the whole price of a locked assignment back to its wallet and mark it; a free one moves nothing.

    Raises ``RefundedAlready``. The ledger's trigger lets subscriptions go on that the wallet can pay again.
    """
    if sold.refunded_at is not None:
        raise RefundedAlready
    paid = Refund(assignment_id=sold.id, claim_id=claim_id, cause=cause, amount_cents=sold.price_cents, memo=memo, at=now)
    paid.refunded_by = actor.user_id
    if sold.price_cents:
        paid.transfer_id = _transfer(session, actor, sold, IN_THE_BOOKS[cause], now)
    session.add(paid)
    session.flush()
    session.refresh(sold, ["refunded_at"])  # the database marks it
    audit.record(
        session,
        actor,
        "assignment.refunded",
        entity_type="assignment",
        entity_id=sold.id,
        now=now,
        after={"lead_id": str(sold.lead_id), "amount_cents": sold.price_cents, "cause": cause},
        memo=words.without_contact(memo),
    )
    metrics.after_commit(session, metrics.REFUNDS.inc)
    return paid


def lock_wallets(session: Session, provider_ids: Iterable[UUID]) -> None:
    """Lock several wallets in the order of their providers, as the engine does: for who pays several of them back."""
    wanted = select(ledger.Wallet.provider_id).where(ledger.Wallet.provider_id.in_(set(provider_ids)))
    session.execute(wanted.order_by(ledger.Wallet.provider_id).with_for_update(key_share=True)).all()


def _transfer(session: Session, actor: Actor, sold: Assignment, memo: str, now: datetime) -> UUID:
    moved = ledger.post(
        session,
        actor=actor,
        debit=ledger.house_account(session, "refunds", now=now),
        credit=ledger.wallet_account(session, sold.provider_id),
        amount_cents=sold.price_cents,
        kind="refund",
        idempotency_key=f"refund:{sold.id}",
        reference_type="assignment",
        reference_id=sold.id,
        memo=memo,
        now=now,
    )
    return moved.id
