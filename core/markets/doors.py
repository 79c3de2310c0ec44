"""Open and close a market: a closed one takes no new leads, everything sold stays as it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.markets import queries
from core.markets.errors import MarketNotFound, MarketUnchanged
from core.markets.models import Market
from core.markets.queries import MarketView


def close_market(session: Session, *, actor: Actor, market_id: UUID, now: datetime) -> MarketView:
    """Stop taking leads in a market; its ZIPs and land stay its own. Admins only; ``MarketUnchanged`` when it is closed."""
    return _set(session, actor, market_id, "closed", now)


def open_market(session: Session, *, actor: Actor, market_id: UUID, now: datetime) -> MarketView:
    """Take leads in a market again. Admins only; ``MarketUnchanged`` when it is open."""
    return _set(session, actor, market_id, "open", now)


def _set(session: Session, actor: Actor, market_id: UUID, status: str, now: datetime) -> MarketView:
    actor.require("admin")
    market = session.scalar(select(Market).where(Market.id == market_id).with_for_update(key_share=True))
    if market is None:
        raise MarketNotFound
    if market.status == status:
        raise MarketUnchanged(status)
    before, after = {"status": market.status}, {"status": status}
    market.status = status
    session.flush()
    action = "market.closed" if status == "closed" else "market.opened"
    audit.record(session, actor, action, entity_type="market", entity_id=market_id, now=now, before=before, after=after)
    return queries.get_market(session, market_id)
