"""What a company made of its leads, and what it says it wants: read for its own recommendations only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

Fate = Literal["won", "accepted", "bought", "rejected", "refunded", "helpful", "not_for_me"]


_PAST = text("""
    with own as (
      select a.lead_id, case when a.refunded_at is not null then 'refunded' when a.outcome = 'won' then 'won'
               when a.decision = 'rejected' then 'rejected' when a.decision = 'accepted' then 'accepted'
               else 'bought' end as fate,
             a.assigned_at as at
        from assignment a where a.provider_id = :provider order by a.id desc limit :most
    ), said as (
      select distinct on (f.lead_id) f.lead_id, f.verdict as fate, f.at
        from (select * from feedback where provider_id = :provider and subject = 'suits' order by id desc limit :most) f
       where not exists (select from assignment a where a.lead_id = f.lead_id and a.provider_id = :provider)
       order by f.lead_id, f.id desc
    )
    select p.lead_id, p.fate, p.at, coalesce(l.facts ->> 'city', '') as city, v.vector
      from (select * from own union all select * from said) p
      join lead l on l.id = p.lead_id join lead_vector v on v.lead_id = p.lead_id and v.model = :model
     order by p.at desc, p.lead_id limit :most""")


@dataclass(frozen=True, slots=True)
class Past:
    """A lead and what it was to the company: its own with what became of it, or one it called helpful or not for it.

    ``at`` is when it came, or when that was said; ``city`` where it is."""

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
    """A company's latest leads that have a vector of this model, and what it said of others, newest first.

    Of a lead that it has, what became of it counts, and not what it said before."""
    rows = session.execute(_PAST, {"provider": provider_id, "model": model, "most": most})
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
