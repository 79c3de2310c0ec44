"""Who looks at the marketplace: since when they see a listing, at which discount, and what "similar to this" means to them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.kit.alone import rows_alone
from core.marketplace.conditions import Conditions, conditions
from core.marketplace.query import SearchInvalid, SearchQuery

NO_ONE = UUID(int=0)

_SIMILAR = text("""
    select o.niche_id, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.price_cents from on_sale o
     where o.lead_id = :lead and o.opened_at <= :visible and o.closes_at > :now""")


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: the provider (nobody for staff), its discount, since when it sees listings and the others do."""

    provider_id: UUID
    discount_percent: int
    visible_since: datetime
    longest: timedelta  # how long the first plan sees a listing before the last one
    now: datetime

    def early_until(self, opened_at: datetime) -> datetime | None:
        """Until when only plans with early access see a listing; ``None`` once everybody does."""
        end = opened_at + self.longest
        return end if end > self.now else None

    def asks(self, query: SearchQuery, *, alike: bool = False) -> Conditions:
        """The conditions of a search for them."""
        return conditions(query, visible_since=self.visible_since, percent=self.discount_percent, now=self.now, alike=alike)


def eyes_of(session: Session, actor: Actor, *, now: datetime) -> Eyes:
    """Who looks; raises ``Forbidden`` or ``ProviderNotActive`` for somebody who may not."""
    if actor.role != "provider":
        actor.require("admin", "analyst")
        return Eyes(NO_ONE, 0, now, payments.early_access(session), now)
    provider_id = actor.require_provider()
    terms = payments.terms_of(session, provider_id=provider_id)
    return Eyes(provider_id, terms.plan.discount_percent, now - terms.wait, terms.longest, now)


def eyes_conditions(session: Session, actor: Actor, query: SearchQuery, *, now: datetime) -> tuple[Eyes, Conditions]:
    """Who looks, and the conditions of a search for them: for what stands beside a page."""
    eyes = eyes_of(session, actor, now=now)
    return eyes, eyes.asks(like(session, query, eyes))


def meant(session: Session, *, actor: Actor, query: SearchQuery, now: datetime) -> SearchQuery:
    """The search with what it is "similar to" as the place and prices that this means for the actor now."""
    return like(session, query, eyes_of(session, actor, now=now))


def like(session: Session, query: SearchQuery, eyes: Eyes) -> SearchQuery:
    """A search "similar to this" becomes one for the niche around it, at about its price; only to what the asker sees."""
    if query.similar_to is None:
        return query
    rows = rows_alone(session, _SIMILAR, {"lead": query.similar_to, "visible": eyes.visible_since, "now": eyes.now})
    if not rows:
        raise SearchInvalid("similar_to", "This lead is no longer on sale. Search without it.")
    row = rows[0]
    found = {"niche_ids": (row.niche_id,), "lon": row.lon, "lat": row.lat, "sort": "distance", "similar_to": None}
    bounds = {"price_min_cents": row.price_cents // 2, "price_max_cents": row.price_cents * 2}
    return replace(query, **found, **bounds, radius_m=query.radius_m or 25_000.0)
