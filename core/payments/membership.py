"""Who is on which plan: a provider's choice, what it costs, and its end (SPEC 6.6).

Up begins at once: the new fee less the unused part of the month that was paid. Down begins when the paid month is over,
so nothing is ever paid back; until then the choice can be taken back by choosing the plan that runs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from core import audit, ledger, providers
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.payments import plans
from core.payments.errors import PlanNotOffered
from core.payments.models import Membership, PlanFee
from core.payments.plans import PlanView

Ending = Literal["changed", "unpaid", "not_active"]


@dataclass(frozen=True, slots=True)
class MembershipView:
    """The plan a provider is on; the times are empty on the free one. ``next_plan`` begins at ``paid_until``."""

    plan: PlanView
    since: datetime | None
    paid_until: datetime | None
    next_plan: PlanView | None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What choosing a plan does: what is paid now, in cents, and when the plan begins."""

    plan: PlanView
    pays_now_cents: int
    begins_at: datetime


def membership_of(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> MembershipView:
    """A provider's plan, how far it is paid and what comes then: their own for providers, any one's for staff."""
    owner = _owner(actor, provider_id, staff=("admin", "analyst"))
    stay = session.scalar(_live(owner))
    plan = plans.plan_of(session, provider_id=owner)
    if stay is None:
        return MembershipView(plan, None, None, None)
    coming = plans.get_plan(session, key=stay.next_plan_key) if stay.next_plan_key else None
    return MembershipView(plan, stay.started_at, stay.paid_until, coming)


def quote_plan(session: Session, *, actor: Actor, plan_key: str, provider_id: UUID | None = None, now: datetime) -> PlanChange:
    """What ``choose_plan`` would do now, without doing it."""
    owner = _owner(actor, provider_id, staff=("admin", "analyst"))
    return _change(session, owner, session.scalar(_live(owner)), plan_key, now)


def choose_plan(
    session: Session, *, actor: Actor, plan_key: str, provider_id: UUID | None = None, now: datetime
) -> MembershipView:
    """Put a provider on a plan: up at once for the rest of its price, down when the paid month is over (SPEC 6.6).

    Raises ``PlanNotFound``, ``PlanNotOffered``, ``ProviderNotActive``, and ``InsufficientBalance`` or ``WalletFrozen``
    when the wallet can't pay; then nothing has changed.
    """
    owner = _owner(actor, provider_id, staff=("admin",))
    providers.require_active(session, owner)
    # One choice of a provider at a time: there may be no row yet that could be locked.
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"plan:{owner}"})
    stay = _lock_live(session, owner)
    change = _change(session, owner, stay, plan_key, now)
    if stay is not None and (change.begins_at > now or stay.plan_key == plan_key):
        stay.next_plan_key = plan_key if change.begins_at > now else None
        session.flush()
    else:
        _move(session, actor, owner, stay, change, now)
    told = {"plan": plan_key, "paid_cents": change.pays_now_cents, "begins_at": change.begins_at.isoformat()}
    audit.record(session, actor, "plan.chosen", entity_type="provider", entity_id=owner, now=now, after=told)
    return membership_of(session, actor=actor, provider_id=owner)


def _move(session: Session, actor: Actor, owner: UUID, stay: Membership | None, change: PlanChange, now: datetime) -> None:
    """From one plan to the other at once, both or none."""
    with session.begin_nested():
        if stay is not None:
            end(session, stay, "changed", now)
        if not change.plan.free:
            pays = change.pays_now_cents
            begin(session, actor=actor, provider_id=owner, plan=change.plan, pays_cents=pays, at=now, now=now)


def begin(
    session: Session, *, actor: Actor, provider_id: UUID, plan: PlanView, pays_cents: int, at: datetime, now: datetime
) -> Membership:
    """Open a stay on a paid plan at ``at`` and pay its first period; raises when the wallet can't."""
    stay = Membership(id=uuid7(), provider_id=provider_id, plan_key=plan.key, started_at=at, periods=0, paid_until=at)
    session.add(stay)
    session.flush()
    pay(session, actor=actor, stay=stay, plan=plan, pays_cents=pays_cents, now=now)
    return stay


def pay(session: Session, *, actor: Actor, stay: Membership, plan: PlanView, pays_cents: int, now: datetime) -> None:
    """Pay the next period of a stay that the caller has locked: exactly once, by the keys of both rows it writes."""
    period = stay.periods + 1
    starts_at, ends_at = session.execute(
        text("select period_start(:began, :period), period_start(:began, :period + 1)"),
        {"began": stay.started_at, "period": period},
    ).one()
    fee = PlanFee(membership_id=stay.id, period=period, starts_at=starts_at, ends_at=ends_at, worth_cents=plan.fee_cents)
    fee.paid_cents, fee.charged_at, fee.transfer_id = pays_cents, now, None
    if pays_cents:
        memo = f"{plan.name} plan, {starts_at:%d %b %Y} to {ends_at:%d %b %Y}"
        fee.transfer_id = _charge(session, actor, stay, pays_cents, period, memo, now)
    session.add(fee)
    stay.periods, stay.paid_until = period, ends_at
    session.flush()


def _charge(session: Session, actor: Actor, stay: Membership, cents: int, period: int, memo: str, now: datetime) -> UUID:
    return ledger.post(
        session,
        actor=actor,
        debit=ledger.wallet_account(session, stay.provider_id),
        credit=ledger.house_account(session, "revenue", now=now),
        amount_cents=cents,
        kind="plan_fee",
        idempotency_key=f"plan_fee:{stay.id}:{period}",
        now=now,
        memo=memo,
        reference_type="membership",
        reference_id=stay.id,
    ).id


def end(session: Session, stay: Membership, reason: Ending, at: datetime) -> None:
    """Close a stay that the caller has locked; without another one its provider is on the free plan."""
    stay.ended_at, stay.end_reason = at, reason
    session.flush()


def _change(session: Session, provider_id: UUID, stay: Membership | None, plan_key: str, now: datetime) -> PlanChange:
    """The price and the moment of a choice; raises ``PlanNotOffered`` when there is nothing to choose."""
    running, wanted = plans.plan_of(session, provider_id=provider_id), plans.get_plan(session, key=plan_key)
    if wanted.key == running.key:
        if stay is None or stay.next_plan_key is None:
            raise PlanNotOffered("plan.running", f"You are on {wanted.name} already.")
        return PlanChange(wanted, 0, now)
    if not wanted.active:
        raise PlanNotOffered("plan.not_offered", f"{wanted.name} is not on offer now. Choose another plan.")
    if stay is not None and wanted.position < running.position and now < stay.paid_until:
        return PlanChange(wanted, 0, stay.paid_until)
    return PlanChange(wanted, max(0, wanted.fee_cents - _unused_cents(session, stay, now)), now)


def _unused_cents(session: Session, stay: Membership | None, now: datetime) -> int:
    """What the rest of the running period is worth, in whole cents rounded down."""
    if stay is None or now >= stay.paid_until:
        return 0
    fee = session.get_one(PlanFee, (stay.id, stay.periods))
    left, whole = stay.paid_until - max(now, fee.starts_at), fee.ends_at - fee.starts_at
    return int(fee.worth_cents * left // whole)


def _lock_live(session: Session, provider_id: UUID) -> Membership | None:
    """The stay that runs, held until the transaction ends. One that ended while we waited for it may have been followed by
    another, which only a new look sees."""
    wanted = _live(provider_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted) or session.scalar(wanted)


def _live(provider_id: UUID) -> Select[Membership]:
    return select(Membership).where(Membership.provider_id == provider_id, Membership.ended_at.is_(None))


def _owner(actor: Actor, provider_id: UUID | None, *, staff: tuple[Literal["admin", "analyst"], ...]) -> UUID:
    """The provider a verb is about: their own for a provider's users, the named one for staff."""
    if actor.role == "provider":
        own = actor.require_provider()
        if provider_id not in (None, own):
            raise providers.ProviderNotFound
        return own
    actor.require(*staff)
    if provider_id is None:
        raise Forbidden("access.forbidden", "Only a provider's own users can do this.")
    return provider_id
