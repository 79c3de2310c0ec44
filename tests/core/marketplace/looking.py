"""Leads that can be found, and what a search finds of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core import marketplace
from core.kit.actor import Actor
from core.leads import Lead
from core.marketplace import SearchQuery
from tests import builders
from tests.core.marketplace.world import Market

STRIP = builders.STRIP
BOX = (-116.0, 35.5, -114.5, 37.0)


def on_sale(
    market: Market, *, lon: float = STRIP[0], lat: float = STRIP[1], slots: int = 2, age_h: float = 0, **more: Any
) -> Lead:
    """A lead that can be found, with its public point there."""
    submitted = market.now - timedelta(hours=age_h)
    lead = market.listed(slots=slots, public_location=builders.point(lon, lat), submitted_at=submitted, **more)
    assert marketplace.publish(market.session, lead_ids=[lead.id], now=market.now)
    return lead


def found(market: Market, actor: Actor | None = None, cursor: str | None = None, **query: Any) -> list[UUID]:
    page = marketplace.search(
        market.session, actor=actor or market.buyer(), query=SearchQuery(**query), cursor=cursor, now=market.now
    )
    return [card.lead_id for card in page.cards]
