"""The caller's own wallet and what moved it (SPEC 6.5)."""

from datetime import datetime
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import Actor
from intake_api.rest import DatedPage, page, route

blueprint = Blueprint("provider_money", __name__, url_prefix="/api/v1/provider")


class HistoryPage(DatedPage):
    """A page of the billing history, of one kind when it is named."""

    kind: str | None = None


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
    )
    return page(rows, given.limit)
