"""Deposits by program: start one, list one's own, agree to automatic top-ups (SPEC 6.2, 6.4)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("provider_deposits", __name__, url_prefix="/api/v1/provider")
Cents = Annotated[StrictInt, Field(ge=0, le=100_000_000_00)]


class NewDeposit(Body):
    """An amount in cents or a pack, and how it is paid; ``save_method`` keeps the card for automatic top-ups."""

    gateway: Literal["stripe", "paypal"]
    amount_cents: Cents | None = None
    pack_id: UUID | None = None
    save_method: bool = False


class DepositPage(Page):
    """A page of deposits, of one status when it is named."""

    status: Literal["pending", "completed", "failed"] | None = None


class Agreement(Body):
    """An automatic top-up in cents, with the words agreed to; ``enabled`` false switches it off."""

    enabled: bool
    threshold_cents: Cents = 0
    amount_cents: Cents = 0
    daily_cap_cents: Cents = 0
    mandate_text: str = ""


@route(blueprint, "POST", "/deposits", "provider", body=NewDeposit, status=201)
def start(session: Session, actor: Actor, given: NewDeposit, *, now: datetime) -> Any:
    """Start a deposit; send the person to ``redirect_url`` to pay it. A signed webhook completes it."""
    return {
        "deposit": payments.start_deposit(
            session,
            actor=actor,
            gateway=given.gateway,
            amount_cents=given.amount_cents,
            pack_id=given.pack_id,
            save_method=given.save_method,
            now=now,
        )
    }


@route(blueprint, "GET", "/deposits", "provider", query=DepositPage)
def deposits(session: Session, actor: Actor, given: DepositPage, *, now: datetime) -> Any:
    """One's own deposits, newest first."""
    rows = payments.deposits_of(session, actor=actor, status=given.status, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/top-up", "provider")
def top_up(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The automatic top-up, null before there ever was one."""
    return {"top_up": payments.top_up_of(session, actor=actor)}


@route(blueprint, "PUT", "/top-up", "provider", body=Agreement)
def set_top_up(session: Session, actor: Actor, given: Agreement, *, now: datetime) -> Any:
    """Agree to an automatic top-up of the saved card, or switch it off."""
    return {"top_up": payments.set_top_up(session, actor=actor, now=now, **given.model_dump())}
