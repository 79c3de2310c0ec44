"""A partner's programs read its own books: what is owed, its months, each share, what was paid (SPEC 6.7)."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from intake_api import rest
from intake_api.rest import Page, page, route

blueprint = Blueprint("partner_money", __name__, url_prefix="/api/v1/partners")


@route(blueprint, "GET", "/me", "partner")
def account(session: Session, actor: Actor, _given: None, **_: Any) -> Any:
    """The partner the key belongs to: its share, how many leads it sent, and what it is owed in cents."""
    return {"partner": payments.get_partner(session, actor=actor, partner_id=_own(actor))}


@route(blueprint, "GET", "/statements/<month>", "partner")
def statement(session: Session, actor: Actor, _given: None, *, month: str, **_: Any) -> Any:
    """A month in UTC, such as 2026-11: what was owed, earned, taken back by refunds, paid out, and is owed then."""
    told = payments.partner_statement(session, actor=actor, partner_id=_own(actor), month=rest.month(month))
    return {"statement": asdict(told) | {"closing_cents": told.closing_cents}}


@route(blueprint, "GET", "/statements/<month>/shares", "partner", query=Page)
def shares(session: Session, actor: Actor, given: Page, *, month: str, **_: Any) -> Any:
    """The month's shares, newest first, each with the lead it is of; negative when a refund took it back."""
    wanted = {"month": rest.month(month), "before_id": given.after, "limit": given.limit}
    return page(payments.partner_lines(session, actor=actor, partner_id=_own(actor), **wanted), given.limit)


@route(blueprint, "GET", "/payouts", "partner", query=Page)
def payouts(session: Session, actor: Actor, given: Page, **_: Any) -> Any:
    """What was paid out, newest first, and how."""
    rows = payments.payouts(session, actor=actor, partner_id=_own(actor), before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


def _own(actor: Actor) -> UUID:
    assert actor.partner_id is not None, "the role partner is a key's, and a partner's key names it"
    return actor.partner_id
