"""Supply and demand on the map: by ZIP, what came and was sold, and how many buyers want it (SPEC 12.1)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.replica import may_be_old
from core.reports.kept import Reported, kept
from core.reports.scope import Scope

SIMPLER = 0.002  # degrees, about 200 m: enough for a market on a screen
EQUAL_AREA = 5070  # CONUS Albers, in metres


@dataclass(frozen=True, slots=True)
class Place:
    """One ZIP of a market: leads approved and sales made in the scope, and providers who would buy there now."""

    zip: str
    city: str
    county: str
    market_id: UUID
    market: str
    approved: int
    sold: int
    revenue_cents: int
    buyers: int


@dataclass(frozen=True, slots=True)
class Places:
    """Every ZIP of the scope's markets."""

    rows: tuple[Place, ...]


# Sales are put together by lead and quarter of an hour before the lead is asked for its place: most of them go with one.
_WITHIN = """{column} >= (select report_day_began(:since)) and {column} < (select report_day_ended(:until))
  and ({column} at time zone m.timezone)::date between :since and :until
  and (cast(:market as uuid) is null or l.market_id = :market) and (cast(:niche as uuid) is null or l.niche_id = :niche)"""
_ROWS = text(f"""
  with supply as (
    select l.zip, count(*) as approved from lead l join market m on m.id = l.market_id
     where coalesce(l.verdict, l.status) <> 'rejected' and {_WITHIN.format(column="l.reviewed_at")} group by 1
  ), sale as materialized (
    select a.lead_id, date_bin('15 minutes', a.assigned_at, '2000-01-01 00:00+00') as at, count(*) as sold,
           sum(a.price_cents) as cents
      from assignment a
     where a.assigned_at >= (select report_day_began(:since)) and a.assigned_at < (select report_day_ended(:until))
       and (cast(:niche as uuid) is null or a.niche_id = :niche) group by 1, 2
  ), sales as (
    select l.zip, sum(sale.sold)::bigint as sold, sum(sale.cents) as cents
      from sale join lead l on l.id = sale.lead_id join market m on m.id = l.market_id
     where (sale.at at time zone m.timezone)::date between :since and :until
       and (cast(:market as uuid) is null or l.market_id = :market) group by 1
  ), buyer as (
    select distinct s.provider_id from subscription s join provider p on p.id = s.provider_id
     where s.status = 'active' and p.status = 'active' and (cast(:niche as uuid) is null or s.niche_id = :niche)
  ), anywhere as (
    select count(*) as n from buyer b where not exists (select from provider_area a where a.provider_id = b.provider_id)
  ), demand as (
    select z.zip, count(*) as n from buyer b join provider_area a on a.provider_id = b.provider_id
      join market_zip z on a.shape && z.centre and ST_Covers(a.shape, z.centre) group by 1
  )
  select z.zip, z.city, z.county, m.id, m.name, coalesce(supply.approved, 0), coalesce(sales.sold, 0),
         coalesce(sales.cents, 0)::bigint, anywhere.n + coalesce(demand.n, 0)
    from market_zip z join market m on m.id = z.market_id cross join anywhere
    left join supply on supply.zip = z.zip left join sales on sales.zip = z.zip left join demand on demand.zip = z.zip
   where m.status = 'open' and (cast(:market as uuid) is null or m.id = :market)
   order by coalesce(supply.approved, 0) desc, z.zip""")  # noqa: S608


@may_be_old
def places(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[Places]:
    """Supply and demand by ZIP, the most supplied first; no lead's own place is in it (SPEC 12.1)."""
    actor.require("admin", "analyst", "scientist")
    return kept(
        Places,
        f"places:{scope.key}",
        lambda: Places(tuple(Place(*row) for row in session.execute(_ROWS, scope.values))),
        now=now,
        refresh=refresh,
    )


def place_shapes(session: Session, *, actor: Actor, rows: tuple[Place, ...]) -> Json:
    """The rows as a GeoJSON FeatureCollection with their land, its size in square km, and leads per square km.

    Neighbours keep their common border when their shapes are made simpler.
    """
    actor.require("admin", "analyst", "scientist")
    frame = _frame(session, rows)
    if not len(frame):
        return {"type": "FeatureCollection", "features": []}
    frame["square_km"] = (frame.to_crs(EQUAL_AREA).area / 1e6).round(1)
    frame["per_square_km"] = (frame["approved"] / frame["square_km"].clip(lower=0.1)).round(2)
    frame.geometry = shapely.set_precision(shapely.coverage_simplify(frame.geometry.to_numpy(), SIMPLER), 1e-5)
    collection: Json = frame.to_geo_dict(drop_id=True)
    return collection


def _frame(session: Session, rows: tuple[Place, ...]) -> Any:
    from geopandas import GeoDataFrame  # takes most of a second to import, and only maps need it

    found = session.execute(
        text("select zip, ST_AsBinary(shape) from market_zip where zip = any(:zips)"), {"zips": [row.zip for row in rows]}
    )
    shapes = {zip: shapely.from_wkb(bytes(shape)) for zip, shape in found}
    told = [asdict(row) | {"market_id": str(row.market_id)} for row in rows]
    return GeoDataFrame(told, geometry=[shapes.get(row.zip) for row in rows], crs=4326)
