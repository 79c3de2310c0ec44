"""What companies look for, from the events of their use: where, how often, and what they did not find (SPEC 9.1, 12.1)."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.db import Json

_PLACES = text("""
    with looked as (
      select l.zip, count(*) filter (where e.kind = 'view') as views, count(*) filter (where e.kind = 'hold') as holds,
             count(*) filter (where e.kind = 'purchase') as purchases, count(distinct e.provider_id) as companies
        from market_event e join lead l on l.id = e.lead_id
       where e.at >= :since and e.at < :until and e.kind <> 'search' and (cast(:niche as uuid) is null or l.niche_id = :niche)
       group by l.zip
    ), supply as (
      select o.zip, count(*) as listings from on_sale o where cast(:niche as uuid) is null or o.niche_id = :niche group by o.zip
    )
    select z.zip, z.city, z.market_id, m.name as market, coalesce(k.views, 0) as views, coalesce(k.holds, 0) as holds,
           coalesce(k.purchases, 0) as purchases, coalesce(k.companies, 0) as companies, coalesce(s.listings, 0) as listings
      from market_zip z join market m on m.id = z.market_id left join looked k on k.zip = z.zip
      left join supply s on s.zip = z.zip
     order by coalesce(k.views + 3 * k.holds + 10 * k.purchases, 0) desc, z.zip""")
_SHAPES = text("""
    select zip, ST_AsGeoJSON(ST_SimplifyPreserveTopology(shape, 0.002), 4) as shape from market_zip where zip = any(:zips)""")
_SEARCHES = text("""
    select query ->> 'text' as words, count(*) as searches, count(distinct provider_id) as companies,
           count(*) filter (where found = 0) as without, max(at) as latest
      from market_event where kind = 'search' and at >= :since and at < :until and query ? 'text'
     group by 1 order by 4 desc, 2 desc, 1 limit 25""")
_TOTALS = text("""
    select count(*) filter (where kind = 'search') as searches, count(*) filter (where kind = 'search' and found = 0) as without,
           count(*) filter (where kind = 'view') as views, count(*) filter (where kind = 'hold') as holds,
           count(*) filter (where kind = 'purchase') as purchases, count(distinct provider_id) as companies
      from market_event where at >= :since and at < :until""")


@dataclass(frozen=True, slots=True)
class DemandPlace:
    """A ZIP: how often its leads were viewed, held and bought on the marketplace, by how many companies, and what is on sale."""

    zip: str
    city: str
    market_id: UUID
    market: str
    views: int
    holds: int
    purchases: int
    companies: int
    listings: int


@dataclass(frozen=True, slots=True)
class SearchedWords:
    """Words that companies looked for, how often, and how often nothing had them."""

    words: str
    searches: int
    companies: int
    without: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """A time on the marketplace: totals, every ZIP (the most wanted first), the words that were searched."""

    searches: int
    without: int
    views: int
    holds: int
    purchases: int
    companies: int
    places: tuple[DemandPlace, ...]
    words: tuple[SearchedWords, ...]


def demand(session: Session, *, actor: Actor, since: datetime, until: datetime, niche_id: UUID | None = None) -> Demand:
    """What companies looked for in a time; ``niche_id`` narrows the places, searches are of all niches (SPEC 12.1)."""
    actor.require("admin", "analyst")
    span = {"since": since, "until": until}
    totals = session.execute(_TOTALS, span).one()
    places = tuple(DemandPlace(*row) for row in session.execute(_PLACES, span | {"niche": niche_id}))
    words = tuple(SearchedWords(*row) for row in session.execute(_SEARCHES, span))
    return Demand(**totals._asdict(), places=places, words=words)


def demand_shapes(session: Session, *, actor: Actor, places: tuple[DemandPlace, ...]) -> Json:
    """These ZIPs as a GeoJSON FeatureCollection with their figures; ``wanted`` weighs a view 1, a hold 3, a purchase 10."""
    actor.require("admin", "analyst")
    shapes = {row.zip: row.shape for row in session.execute(_SHAPES, {"zips": [place.zip for place in places]})}
    features = [
        {"type": "Feature", "geometry": json.loads(shapes[place.zip]), "properties": _told(place)}
        for place in places
        if shapes.get(place.zip)
    ]
    return {"type": "FeatureCollection", "features": features}


def _told(place: DemandPlace) -> Json:
    wanted = place.views + 3 * place.holds + 10 * place.purchases
    return asdict(place) | {"market_id": str(place.market_id), "wanted": wanted}
