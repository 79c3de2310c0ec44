"""Recommendations as a company sees them: listings that can still be had, each with its reason (SPEC 9.5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core import marketplace, recommendations
from core.kit.actor import Actor
from core.marketplace import MOST_ROWS, ListingCard, SearchQuery
from ml.recommend.predict import Shelf, shelf

SPARE = 3  # times as many are looked at: some are held, others not to be seen yet
UNREAD = "Fits your subscriptions, and companies look for what is like it."


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing and why it is recommended, in words."""

    card: ListingCard
    because: str


def recommended(session: Session, *, actor: Actor, most: int = 3, now: datetime, by: Shelf = shelf) -> list[Shown]:
    """The listings that suit the actor's company best, best first; what it may not see, holds or can't have is left out.

    Before any model has read what is on sale, the marketplace's own order among what its subscriptions ask for."""
    chosen = by.for_provider(session, actor=actor, most=most * SPARE, now=now)
    if by.bare:
        return [Shown(card, UNREAD) for card in _without_model(session, actor, most * SPARE, now) if _can_be_had(card)][:most]
    seen = marketplace.cards(session, actor=actor, lead_ids=[each.lead_id for each in chosen], now=now)
    cards = {card.lead_id: card for card in seen if _can_be_had(card)}
    return [Shown(cards[each.lead_id], each.because) for each in chosen if each.lead_id in cards][:most]


def _without_model(session: Session, actor: Actor, most: int, now: datetime) -> tuple[ListingCard, ...]:
    wishes = recommendations.wishes_of(session, provider_id=actor.require_provider())
    query = SearchQuery(
        niche_ids=tuple(wishes.niches), market_ids=tuple(wishes.markets), sort="recommended", limit=min(most, MOST_ROWS)
    )
    return marketplace.search(session, actor=actor, query=query, noted=False, now=now).cards


def _can_be_had(card: ListingCard) -> bool:
    return bool(card.free_slots) and not (card.bought or card.held_until)
