"""Monthly fees: each period once, whatever the number of workers and tries; who can't pay goes on for free (SPEC 6.6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ledger, providers
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.payments import membership, plans
from core.payments.models import Membership
from core.payments.plans import PlanView

JOB = "plan.fee"
MOST_DUE = 1000  # stays of one run of the schedule; the next one takes the rest


def charge_plan_fees(session: Session, *, now: datetime) -> int:
    """Queue every stay whose paid period is over, one job each, so that one wallet's lock never waits for another's."""
    due = session.execute(
        text("""select id, periods from membership where ended_at is null and paid_until <= :now
                 order by paid_until limit :most"""),
        {"now": now, "most": MOST_DUE},
    ).all()
    for stay in due:
        outbox.enqueue(session, JOB, key=f"{stay.id}:{stay.periods + 1}", now=now, payload={"membership_id": str(stay.id)})
    return len(due)


def charge_plan_fee(session: Session, *, membership_id: UUID, now: datetime) -> None:
    """Bring one stay up to date: pay every period that has begun, change to the plan chosen meanwhile, or end it.

    A second worker waits for the first and finds nothing due. What can't be paid ends the stay, with a letter.
    """
    stay = _locked(session, membership_id)
    while stay is not None and stay.ended_at is None and stay.paid_until <= now:
        stay = _next_period(session, stay, now)


def _next_period(session: Session, stay: Membership, now: datetime) -> Membership | None:
    """One step at the end of a paid period; the stay that goes on from there, if any does."""
    plan = plans.get_plan(session, key=stay.next_plan_key or stay.plan_key)
    if not _is_active(session, stay.provider_id):
        _end(session, stay, "not_active", now)
        return None
    if stay.next_plan_key is not None and plan.free:
        _end(session, stay, "changed", now)
        return None
    try:
        # The fee and the stay's end or beginning are undone together when the wallet can't pay.
        with session.begin_nested():
            stay = _paid(session, stay, plan, now)
    except (ledger.InsufficientBalance, ledger.WalletFrozen):
        _downgrade(session, _locked(session, stay.id), plan, now)
        return None
    _record(session, stay, "plan.renewed", {"plan": plan.key, "period": stay.periods, "fee_cents": plan.fee_cents}, now)
    _tell_renewed(session, stay, plan, now)
    return stay


def _paid(session: Session, stay: Membership, plan: PlanView, now: datetime) -> Membership:
    if stay.next_plan_key is None:
        membership.pay(session, actor=SYSTEM, stay=stay, plan=plan, pays_cents=plan.fee_cents, now=now)
        return stay
    membership.end(session, stay, "changed", stay.paid_until)
    return membership.begin(
        session, actor=SYSTEM, provider_id=stay.provider_id, plan=plan, pays_cents=plan.fee_cents, at=stay.paid_until, now=now
    )


def _downgrade(session: Session, stay: Membership | None, wanted: PlanView, now: datetime) -> None:
    """End a stay that can't be paid, and say so in a letter."""
    assert stay is not None, "the stay is locked by this transaction"
    _end(session, stay, "unpaid", now)
    wallet = ledger.balance(session, actor=SYSTEM, provider_id=stay.provider_id)
    held = format_usd(wallet.balance_cents) + (" (on hold)" if wallet.frozen_at else "")
    request_mail(
        session,
        "plan_downgraded",
        key=str(stay.id),
        now=now,
        provider_id=stay.provider_id,
        context={
            "plan": wanted.name,
            "new_plan": plans.plan_of(session, provider_id=stay.provider_id).name,
            "fee": format_usd(wanted.fee_cents),
            "balance": held,
            "link": f"{settings().base_url}/wallet",
        },
    )


def _tell_renewed(session: Session, stay: Membership, plan: PlanView, now: datetime) -> None:
    until = stay.paid_until
    request_mail(
        session,
        "plan_renewed",
        key=f"{stay.id}:{stay.periods}",
        now=now,
        provider_id=stay.provider_id,
        context={
            "plan": plan.name,
            "fee": format_usd(plan.fee_cents),
            "balance": format_usd(ledger.balance(session, actor=SYSTEM, provider_id=stay.provider_id).balance_cents),
            "next_date": f"{until.day} {until:%B %Y}",
            "link": f"{settings().base_url}/wallet",
        },
    )


def _end(session: Session, stay: Membership, reason: membership.Ending, now: datetime) -> None:
    membership.end(session, stay, reason, now)
    _record(session, stay, "plan.ended", {"plan": stay.plan_key, "reason": reason}, now)


def _record(session: Session, stay: Membership, action: str, after: dict[str, object], now: datetime) -> None:
    audit.record(session, SYSTEM, action, entity_type="provider", entity_id=stay.provider_id, now=now, after=after)


def _is_active(session: Session, provider_id: UUID) -> bool:
    try:
        providers.require_active(session, provider_id)
    except providers.ProviderNotActive:
        return False
    return True


def _locked(session: Session, membership_id: UUID) -> Membership | None:
    query = select(Membership).where(Membership.id == membership_id, Membership.ended_at.is_(None))
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))
