"""Billing oversight: wallets, ledgers, payments, plans, packs, partners (SPEC 6.3, 6.5, 6.6, 6.7)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictBool, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit.actor import Actor
from intake_api import rest
from intake_api.context import storable
from intake_api.provider_api.money import HistoryPage, Zone, statement_answer
from intake_api.rest import Body, DatedPage, Page, page, route

blueprint = Blueprint("admin_billing", __name__, url_prefix="/api/v1/admin")
Name = Annotated[str, StringConstraints(max_length=200)]
Reason = Annotated[str, StringConstraints(max_length=1000)]


class WalletPage(Page):
    """Which wallets: by a part of the company's name, by what is the matter with them."""

    search: str | None = None
    state: Literal["frozen", "low", "drift", "owing"] | None = None


class PaymentPage(DatedPage):
    """Which payments: by status, provider, time."""

    status: Literal["pending", "completed", "failed"] | None = None
    provider_id: UUID | None = None


class Why(Body):
    """The reason, 10 to 500 characters."""

    reason: Reason


class PlanChange(Body):
    """What changes of a plan."""

    name: Name | None = None
    description: Reason | None = None
    fee_cents: StrictInt | None = None
    discount_percent: StrictInt | None = None
    hold_minutes: StrictInt | None = None
    cart_size: StrictInt | None = None
    early_access_minutes: StrictInt | None = None
    active: StrictBool | None = None


class NewPack(Body):
    """A deposit size and its bonus, in cents."""

    name: Name
    amount_cents: StrictInt
    bonus_cents: StrictInt = 0


class PackChange(Body):
    """What changes of a pack."""

    name: Name | None = None
    amount_cents: StrictInt | None = None
    bonus_cents: StrictInt | None = None
    position: StrictInt | None = None
    active: StrictBool | None = None


class NewPartner(Body):
    """A partner and its share of each sale, such as 12.5."""

    name: Name
    share_percent: Name | StrictInt | float


class PartnerChange(Body):
    """What changes of a partner."""

    name: Name | None = None
    share_percent: Name | StrictInt | float | None = None
    active: StrictBool | None = None


@route(blueprint, "GET", "/billing/providers", "admin", "analyst", query=WalletPage)
def wallets(session: Session, actor: Actor, given: WalletPage, *, now: datetime) -> Any:
    """Every wallet with its balance, its books, its state and what is owed."""
    rows = ledger.list_wallets(
        session, actor=actor, search=given.search, state=given.state, before_id=given.after, limit=given.limit, now=now
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/billing/providers/<uuid:provider_id>/ledger", "admin", "analyst", query=HistoryPage)
def wallet_ledger(session: Session, actor: Actor, given: HistoryPage, *, provider_id: UUID, now: datetime) -> Any:
    """What moved a provider's wallet, newest first."""
    ledger.balance(session, actor=actor, provider_id=provider_id)
    wanted = {"kind": given.kind, "since": given.since, "until": given.until, "before_id": given.after, "limit": given.limit}
    return page(ledger.history(session, actor=actor, provider_id=provider_id, **wanted, now=now), given.limit)


@route(blueprint, "GET", "/billing/providers/<uuid:provider_id>/statements/<month>", "admin", "analyst", query=Zone)
def provider_statement(session: Session, actor: Actor, given: Zone, *, provider_id: UUID, month: str, now: datetime) -> Any:
    """A month of a provider's wallet."""
    return statement_answer(session, actor, provider_id, month, given.zone, now)


@route(blueprint, "POST", "/billing/providers/<uuid:provider_id>/freeze", "admin", body=Why)
def freeze(session: Session, actor: Actor, given: Why, *, provider_id: UUID, now: datetime) -> Any:
    """Let no more money leave a wallet; its people are told why."""
    payments.freeze_wallet(session, actor=actor, provider_id=provider_id, reason=given.reason, now=now)
    return {"wallet": ledger.balance(session, actor=actor, provider_id=provider_id)}


@route(blueprint, "POST", "/billing/providers/<uuid:provider_id>/unfreeze", "admin", body=Why)
def unfreeze(session: Session, actor: Actor, given: Why, *, provider_id: UUID, now: datetime) -> Any:
    """Release a wallet with the balance that its transfers say."""
    ledger.unfreeze(session, actor=actor, provider_id=provider_id, memo=given.reason, now=now)
    return {"wallet": ledger.balance(session, actor=actor, provider_id=provider_id)}


@route(blueprint, "POST", "/billing/providers/<uuid:provider_id>/settle-debt", "admin", body=Why)
def settle_debt(session: Session, actor: Actor, given: Why, *, provider_id: UUID, now: datetime) -> Any:
    """Take what a provider owes out of its wallet, as far as it goes; released once nothing is owed."""
    still = payments.settle_debt(session, actor=actor, provider_id=provider_id, memo=given.reason, now=now)
    return {"owed_cents": still, "wallet": ledger.balance(session, actor=actor, provider_id=provider_id)}


@route(blueprint, "GET", "/payments", "admin", "analyst", query=PaymentPage)
def payment_list(session: Session, actor: Actor, given: PaymentPage, *, now: datetime) -> Any:
    """Deposits of every provider, newest first."""
    wanted = given.model_dump(exclude={"after", "limit"})
    return page(
        payments.all_payments(session, actor=actor, **wanted, before_id=given.after, limit=given.limit, now=now), given.limit
    )


@route(blueprint, "GET", "/plans", "admin", "analyst")
def plan_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every plan, on offer or not."""
    return {"items": payments.list_plans(session, inactive=True)}


@route(blueprint, "PUT", "/plans/<key>", "admin", body=PlanChange)
def plan_change(session: Session, actor: Actor, given: PlanChange, *, key: str, now: datetime) -> Any:
    """Change what a plan costs and gives; a new fee counts from each member's next period."""
    return {"plan": payments.edit_plan(session, actor=actor, key=storable(key), **given.model_dump(), now=now)}


@route(blueprint, "GET", "/credit-packs", "admin", "analyst")
def pack_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every deposit size, on offer or not."""
    return {"items": payments.list_packs(session, inactive=True)}


@route(blueprint, "POST", "/credit-packs", "admin", body=NewPack, status=201)
def pack_add(session: Session, actor: Actor, given: NewPack, *, now: datetime) -> Any:
    """Offer a new deposit size."""
    return {"pack": payments.add_pack(session, actor=actor, **given.model_dump(), now=now)}


@route(blueprint, "PUT", "/credit-packs/<uuid:pack_id>", "admin", body=PackChange)
def pack_change(session: Session, actor: Actor, given: PackChange, *, pack_id: UUID, now: datetime) -> Any:
    """Change a deposit size, or switch it off."""
    return {"pack": payments.edit_pack(session, actor=actor, pack_id=pack_id, **given.model_dump(), now=now)}


@route(blueprint, "GET", "/partners", "admin", "analyst")
def partner_list(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every partner, its share and what we owe it."""
    return {"items": payments.list_partners(session, actor=actor)}


@route(blueprint, "POST", "/partners", "admin", body=NewPartner, status=201)
def partner_add(session: Session, actor: Actor, given: NewPartner, *, now: datetime) -> Any:
    """Take on a partner."""
    share = str(given.share_percent)
    return {"partner": payments.add_partner(session, actor=actor, name=given.name, share_percent=share, now=now)}


@route(blueprint, "PUT", "/partners/<uuid:partner_id>", "admin", body=PartnerChange)
def partner_change(session: Session, actor: Actor, given: PartnerChange, *, partner_id: UUID, now: datetime) -> Any:
    """Change a partner's name or share, or switch it off."""
    share = None if given.share_percent is None else str(given.share_percent)
    changed = {"name": given.name, "share_percent": share, "active": given.active}
    return {"partner": payments.edit_partner(session, actor=actor, partner_id=partner_id, **changed, now=now)}


class NewPayout(Body):
    """What a partner was paid, and how."""

    amount_cents: Annotated[StrictInt, Field(ge=1, le=100_000_000_000)]
    memo: Annotated[str, StringConstraints(max_length=1000)]
    key: Annotated[str, StringConstraints(min_length=1, max_length=100)]


@route(blueprint, "GET", "/partners/<uuid:partner_id>/payouts", "admin", "analyst")
def payout_list(session: Session, actor: Actor, _given: None, *, partner_id: UUID, now: datetime) -> Any:
    """What a partner was paid, newest first."""
    return {"items": payments.payouts(session, actor=actor, partner_id=partner_id)}


@route(blueprint, "POST", "/partners/<uuid:partner_id>/payouts", "admin", body=NewPayout, status=201)
def payout_record(session: Session, actor: Actor, given: NewPayout, *, partner_id: UUID, now: datetime) -> Any:
    """Note a payment to a partner, once per ``key``, never more than is owed."""
    return {"payout": payments.record_payout(session, actor=actor, partner_id=partner_id, **given.model_dump(), now=now)}


@route(blueprint, "GET", "/partners/<uuid:partner_id>/statements/<month>", "admin", "analyst")
def partner_month(session: Session, actor: Actor, _given: None, *, partner_id: UUID, month: str, now: datetime) -> Any:
    """A partner's month: shares earned and taken back."""
    told = payments.partner_statement(session, actor=actor, partner_id=partner_id, month=rest.month(month))
    return {"statement": asdict(told) | {"closing_cents": told.closing_cents}}
