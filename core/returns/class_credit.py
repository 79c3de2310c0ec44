"""When the defect is in the lead itself, every company that holds it is credited at once and told why (SPEC 7.4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, leads
from core.inventory import Assignment
from core.kit import words
from core.kit.actor import Actor
from core.returns import claims, decide, news, refunds
from core.returns.errors import RefundedAlready
from core.returns.models import Claim


@dataclass(frozen=True, slots=True)
class ClassCredit:
    """Who was credited by it, and with how much in all (cents); companies credited before are left as they are."""

    lead_id: UUID
    provider_ids: tuple[UUID, ...]
    amount_cents: int


def class_credit(session: Session, *, actor: Actor, lead_id: UUID, memo: str, now: datetime) -> ClassCredit:
    """Credit every holder of a lead in this transaction, resolve their reports by it and take the lead off sale.

    Admins only, memo of 10 to 1,000 characters, which each holder reads. Raises ``RefundedAlready`` when nobody is
    left to credit, ``LeadNotFound``.
    """
    actor.require("admin")
    memo = claims.checked_memo(memo)
    lead = leads.lock(session, lead_id)  # no sale can come between: the engine waits for this lock
    held, reports = _lock_holders(session, lead_id)
    if not held:
        raise RefundedAlready
    refunds.lock_wallets(session, [sold.provider_id for sold in held])
    for sold in held:
        _credit(session, actor, sold, reports.get(sold.id), memo, now)
    if "withdrawn" in leads.STEPS[lead.status]:  # type: ignore[index]
        leads.withdraw(session, actor=actor, lead_id=lead_id, reason=words.without_contact(memo), now=now)
    done = ClassCredit(lead_id, tuple(sold.provider_id for sold in held), sum(sold.price_cents for sold in held))
    figures = {"holders": len(held), "amount_cents": done.amount_cents}
    audit.record(
        session, actor, "lead.class_credited", entity_type="lead", entity_id=lead_id, now=now,
        after=figures, memo=words.without_contact(memo),
    )  # fmt: skip
    return done


def _lock_holders(session: Session, lead_id: UUID) -> tuple[list[Assignment], dict[UUID, Claim]]:
    """The assignments that were not paid back, in the order of their providers, and the reports on them."""
    sales = select(Assignment).where(Assignment.lead_id == lead_id).order_by(Assignment.id).with_for_update(key_share=True)
    held = [row for row in session.scalars(sales.execution_options(populate_existing=True)) if row.refunded_at is None]
    # Read after the sales are locked: a report that was being made is in it.
    reported = select(Claim).where(Claim.lead_id == lead_id).order_by(Claim.id).with_for_update(key_share=True)
    reports = session.scalars(reported.execution_options(populate_existing=True)).all()
    standing = {claim.assignment_id: claim for claim in reports if claim.status != "withdrawn"}
    return sorted(held, key=lambda sold: sold.provider_id), standing


def _credit(session: Session, actor: Actor, sold: Assignment, claim: Claim | None, memo: str, now: datetime) -> None:
    if claim is None:
        refunds.pay_back(session, actor, sold, cause="class_credit", memo=memo, now=now)
    else:
        decide.credit(session, actor, claim, sold, resolution="class_credit", memo=memo, now=now)
    news.class_credited(session, sold, memo=memo, now=now)
