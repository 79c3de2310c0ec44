"""Recommendations as a company sees them: listings that can still be had, each with its reason (SPEC 9.5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core import marketplace
from core.kit.actor import Actor
from core.marketplace import ListingCard
from ml.recommend.predict import Shelf, shelf

SPARE = 3  # times as many are looked at: some are held, others not to be seen yet


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing and why it is recommended, in words."""

    card: ListingCard
    because: str


def recommended(session: Session, *, actor: Actor, most: int = 3, now: datetime, by: Shelf = shelf) -> list[Shown]:
    """The listings that suit the actor's company best, best first; what it may not see, holds or can't have is left out."""
    chosen = by.for_provider(session, actor=actor, most=most * SPARE, now=now)
    seen = marketplace.cards(session, actor=actor, lead_ids=[each.lead_id for each in chosen], now=now)
    cards = {card.lead_id: card for card in seen if card.free_slots and not (card.bought or card.held_until)}
    return [Shown(cards[each.lead_id], each.because) for each in chosen if each.lead_id in cards][:most]
