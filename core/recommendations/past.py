"""What a company made of its leads, and what it says it wants: read for its own recommendations only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

Fate = Literal["won", "accepted", "bought", "rejected", "refunded"]


@dataclass(frozen=True, slots=True)
class Past:
    """One of a company's own leads: what became of it, when it came, where it is, its vector."""

    lead_id: UUID
    fate: Fate
    at: datetime
    city: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Wishes:
    """Niches and markets of a company's live subscriptions; empty sets wish for anything."""

    niches: frozenset[UUID]
    markets: frozenset[UUID]


def past_of(session: Session, *, provider_id: UUID, model: str, most: int = 300) -> list[Past]:
    """A company's latest leads that have a vector of this model, newest first."""
    rows = session.execute(
        text("""select a.lead_id, case when a.refunded_at is not null then 'refunded' when a.outcome = 'won' then 'won'
                       when a.decision = 'rejected' then 'rejected' when a.decision = 'accepted' then 'accepted'
                       else 'bought' end as fate,
                       a.assigned_at, coalesce(l.facts ->> 'city', '') as city, v.vector
                  from assignment a join lead l on l.id = a.lead_id
                  join lead_vector v on v.lead_id = a.lead_id and v.model = :model
                 where a.provider_id = :provider order by a.id desc limit :most"""),
        {"provider": provider_id, "model": model, "most": most},
    )
    return [Past(*row) for row in rows]


def wishes_of(session: Session, *, provider_id: UUID) -> Wishes:
    """What its subscriptions ask for; the markets are those of leads it has had, since areas are shapes."""
    niches = session.scalars(
        text("select distinct niche_id from subscription where provider_id = :p and status <> 'ended'"), {"p": provider_id}
    )
    markets = session.scalars(
        text("select distinct l.market_id from assignment a join lead l on l.id = a.lead_id where a.provider_id = :p"),
        {"p": provider_id},
    )
    return Wishes(frozenset(niches), frozenset(markets))
