"""One listing from close by: its card, what made its price, how the price moved (SPEC 9.1, 10.1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import pricing
from core.kit.actor import Actor
from core.marketplace import events
from core.marketplace.errors import NotOnSale
from core.marketplace.search import ListingCard, cards

MOST_COMPARED = 4
_HISTORY = text("select at, price_cents from price_history where lead_id = :lead order by at desc limit 60")


@dataclass(frozen=True, slots=True)
class ListingDetail:
    """A listing with the lines that sum to what this company would pay now, and its prices so far, oldest first, in cents."""

    card: ListingCard
    quote: pricing.Quote | None
    history: tuple[tuple[datetime, int], ...]


def listing(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> ListingDetail:
    """A listing that the actor's company can see; looking is noted (SPEC 9.1). Raises ``NotOnSale``."""
    found = cards(session, actor=actor, lead_ids=[lead_id], now=now)
    if not found:
        raise NotOnSale
    events.record(session, actor=actor, kind="view", lead_id=lead_id, now=now)
    quote = None
    if actor.role == "provider":
        quote = pricing.quote(session, lead_id=lead_id, provider_id=actor.require_provider(), now=now)
    history = [(row.at, row.price_cents) for row in session.execute(_HISTORY, {"lead": lead_id})]
    return ListingDetail(found[0], quote, tuple(reversed(history)))


def recently_viewed(session: Session, *, actor: Actor, now: datetime) -> list[ListingCard]:
    """What this person looked at last and is still on sale, the latest first."""
    wanted = events.recently_viewed(session, actor=actor)
    found = {card.lead_id: card for card in cards(session, actor=actor, lead_ids=wanted, now=now)}
    return [found[lead_id] for lead_id in wanted if lead_id in found]


def compare(session: Session, *, actor: Actor, lead_ids: list[UUID], now: datetime) -> list[ListingCard]:
    """Up to four listings side by side, in the order they were chosen; those no longer on sale are left out."""
    wanted = list(dict.fromkeys(lead_ids))[:MOST_COMPARED]
    found = {card.lead_id: card for card in cards(session, actor=actor, lead_ids=wanted, now=now)}
    return [found[lead_id] for lead_id in wanted if lead_id in found]
