"""Who looks at the marketplace: since when they see a listing, at which discount, and what "similar to this" means to them.

Each statement finds this out by itself (``who``), so that a search is one round trip. Somebody who may not look finds
nothing by it; only then is it asked why.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.kit.alone import rows_alone
from core.marketplace.conditions import SIMILAR_M, VISIBLE, Conditions, conditions
from core.marketplace.query import SearchInvalid, SearchQuery

NO_ONE = UUID(int=0)

# ``longest``: how long the first plan sees a listing before the last one. Staff see what the first plan sees, at list prices.
_COMPANY = """who as materialized (
      select cast(discount_percent as bigint) as percent, make_interval(mins => longest_minutes) as longest,
             cast(:now as timestamptz) - make_interval(mins => longest_minutes - early_access_minutes) as visible
        from buying_terms where provider_id = :provider and status = 'active')"""
_STAFF = """who as materialized (
      select cast(0 as bigint) as percent, make_interval(mins => max(early_access_minutes)) as longest,
             cast(:now as timestamptz) as visible from plan where active)"""
_SIMILAR = """
    with {who} select o.niche_id, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.price_cents from on_sale o
     where o.lead_id = :similar and o.opened_at <= {visible} and o.closes_at > :now"""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: the provider (nobody for staff), and the query by which a statement knows its terms."""

    provider_id: UUID
    who: str
    now: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What a statement with ``who`` asks for."""
        return {"provider": self.provider_id, "now": self.now}

    def asks(self, query: SearchQuery, *, alike: bool = False) -> Conditions:
        """The conditions of a search for them."""
        asked = conditions(query, who=self.who, now=self.now, alike=alike)
        asked.values["provider"] = self.provider_id
        return asked


def eyes_of(actor: Actor, *, now: datetime) -> Eyes:
    """Who looks; raises ``Forbidden`` for somebody whose role may not."""
    if actor.role != "provider":
        actor.require("admin", "analyst")
        return Eyes(NO_ONE, _STAFF, now)
    return Eyes(actor.require_provider(), _COMPANY, now)


def check(session: Session, query: SearchQuery, eyes: Eyes) -> None:
    """Whether finding nothing is the answer: raises ``ProviderNotActive`` for a company that may not look, and
    ``SearchInvalid`` for a search similar to what it can't see."""
    if eyes.provider_id != NO_ONE:
        payments.terms_of(session, provider_id=eyes.provider_id)
    like(session, query, eyes)


def meant(session: Session, *, actor: Actor, query: SearchQuery, now: datetime) -> SearchQuery:
    """The search with what it is "similar to" as the place and prices that this means for the actor now."""
    return like(session, query, eyes_of(actor, now=now))


def like(session: Session, query: SearchQuery, eyes: Eyes) -> SearchQuery:
    """A search "similar to this" becomes one for the niche around it, at about its price; only to what the asker sees."""
    if query.similar_to is None:
        return query
    statement = text(_SIMILAR.format(who=eyes.who, visible=VISIBLE))
    rows = rows_alone(session, statement, eyes.values | {"similar": query.similar_to})
    if not rows:
        raise SearchInvalid("similar_to", "This lead is no longer on sale. Search without it.")
    row = rows[0]
    found = {"niche_ids": (row.niche_id,), "lon": row.lon, "lat": row.lat, "sort": "distance", "similar_to": None}
    bounds = {"price_min_cents": row.price_cents // 2, "price_max_cents": row.price_cents * 2}
    return replace(query, **found, **bounds, radius_m=query.radius_m or SIMILAR_M)
