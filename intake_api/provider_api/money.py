"""The caller's own wallet, what moved it, its statements and its plan (SPEC 6.4, 6.5, 6.6)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit.actor import Actor
from intake_api import rest
from intake_api.context import storable
from intake_api.rest import Body, DatedPage, Query, page, route

blueprint = Blueprint("provider_money", __name__, url_prefix="/api/v1/provider")


class HistoryPage(DatedPage):
    """A page of the billing history, of one kind when it is named."""

    kind: ledger.Kind | None = None


class Zone(Query):
    """The time zone of a statement's days, unless it is that of the caller's markets."""

    zone: str | None = None


class Threshold(Body):
    """The balance in cents below which a reminder is mailed; 0 is never."""

    threshold_cents: Annotated[StrictInt, Field(ge=0, le=100_000_000)]


class Choice(Body):
    """The key of the plan to be on."""

    plan: str


@route(blueprint, "GET", "/balance", "provider")
def balance(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The wallet's balance in cents."""
    return {"wallet": ledger.balance(session, actor=actor, provider_id=actor.require_provider())}


@route(blueprint, "GET", "/billing/history", "provider", query=HistoryPage)
def history(session: Session, actor: Actor, given: HistoryPage, *, now: datetime) -> Any:
    """What moved the wallet, newest first; money out is negative."""
    rows = ledger.history(
        session,
        actor=actor,
        provider_id=actor.require_provider(),
        kind=given.kind,
        since=given.since,
        until=given.until,
        before_id=given.after,
        limit=given.limit,
        now=now,
    )
    return page(rows, given.limit)


@route(blueprint, "PUT", "/balance/threshold", "provider", body=Threshold)
def save_threshold(session: Session, actor: Actor, given: Threshold, *, now: datetime) -> Any:
    """Choose the balance below which a reminder is mailed, once per crossing."""
    payments.set_low_balance(session, actor=actor, threshold_cents=given.threshold_cents, now=now)
    return {"wallet": ledger.balance(session, actor=actor, provider_id=actor.require_provider())}


@route(blueprint, "GET", "/billing/statements", "provider")
def statements(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The months that have a statement, the running one first."""
    months = ledger.statement_months(session, actor=actor, provider_id=actor.require_provider(), now=now)
    return {"items": [f"{month:%Y-%m}" for month in months]}


@route(blueprint, "GET", "/billing/statements/<month>", "provider", query=Zone)
def statement(session: Session, actor: Actor, given: Zone, *, month: str, now: datetime) -> Any:
    """A month of the wallet: opening, movements by kind and by day, closing. As a page to print: /money/statements."""
    return statement_answer(session, actor, actor.require_provider(), month, given.zone, now)


@route(blueprint, "GET", "/plans", "provider")
def plans(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The plans on offer, and the caller's own with the end of its paid month."""
    return {"items": payments.list_plans(session), "mine": payments.membership_of(session, actor=actor)}


@route(blueprint, "PUT", "/plan", "provider", body=Choice)
def choose_plan(session: Session, actor: Actor, given: Choice, *, now: datetime) -> Any:
    """Change the plan: up at once, paid from the wallet; down when the paid month is over."""
    return {"mine": payments.choose_plan(session, actor=actor, plan_key=storable(given.plan), now=now)}


@route(blueprint, "GET", "/credit-packs", "provider")
def credit_packs(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The deposit sizes on offer with their bonus."""
    return {"items": payments.list_packs(session)}


def statement_answer(session: Session, actor: Actor, provider_id: UUID, month: str, zone: str | None, now: datetime) -> Any:
    """A statement as JSON, with its sums."""
    told = ledger.statement(session, actor=actor, provider_id=provider_id, month=rest.month(month), zone=zone, now=now)
    sums = {
        "in_cents": told.in_cents,
        "out_cents": told.out_cents,
        "closing_cents": told.closing_cents,
        "complete": told.complete,
    }
    return {"statement": asdict(told) | sums}
