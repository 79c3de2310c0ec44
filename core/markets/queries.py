"""Look up markets and places: one statement each."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.markets.errors import MarketNotFound

_ZIP = re.compile(r"[0-9]{5}")
_OUTLINE = "ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(boundary, 0.002)), 5)"  # about 200 m: enough for a map of a market
_POINT = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
_MARKET = "select id, name, slug, state, timezone, ST_X(centre) as lon, ST_Y(centre) as lat, status from market"
_PLACE = """select z.zip, z.market_id, z.city, z.county, z.state, ST_X(z.centre) as lon, ST_Y(z.centre) as lat,
                   z.radius_m, m.timezone
            from market_zip z join market m on m.id = z.market_id"""


@dataclass(frozen=True, slots=True)
class MarketView:
    """A market for lists and maps; ``lon`` and ``lat`` (degrees) are where a map of it opens."""

    id: UUID
    name: str
    slug: str
    state: str
    timezone: str
    lon: float
    lat: float
    status: str


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """A ZIP of a market: centroid in degrees, radius in metres (the accuracy of a place known by ZIP, SPEC 2.8)."""

    zip: str
    market_id: UUID
    city: str
    county: str
    state: str
    lon: float
    lat: float
    radius_m: int
    timezone: str


@dataclass(frozen=True, slots=True)
class CountyView:
    """A county of a market and how many of its ZIPs belong to it."""

    county: str
    state: str
    zips: int


def all_markets(session: Session, *, open_only: bool = False) -> list[MarketView]:
    """Every market by name; ``open_only`` leaves out those that take no leads."""
    rows = session.execute(text(f"{_MARKET} where status = 'open' or not :open_only order by name"), {"open_only": open_only})
    return [MarketView(*row) for row in rows]


def get_market(session: Session, market_id: UUID) -> MarketView:
    """One market, open or closed; raises ``MarketNotFound``."""
    row = session.execute(text(f"{_MARKET} where id = :id"), {"id": market_id}).one_or_none()
    if row is None:
        raise MarketNotFound
    return MarketView(*row)


def place_of_zip(session: Session, zip: str) -> ZipPlace | None:
    """The place of a ZIP (or ZIP+4) in an open market, ``None`` outside every one; one indexed query (SPEC 2.8)."""
    if not is_zip(zip := zip.strip().split("-")[0]):
        return None
    row = session.execute(text(f"{_PLACE} where z.zip = :zip and m.status = 'open'"), {"zip": zip}).one_or_none()
    return ZipPlace(*row) if row else None


def places_of_zips(session: Session, zips: Iterable[str]) -> list[ZipPlace]:
    """``place_of_zip`` for many: those of them that lie in open markets."""
    found = session.execute(text(f"{_PLACE} where z.zip = any(:zips) and m.status = 'open'"), {"zips": list(zips)})
    return [ZipPlace(*row) for row in found]


def market_at(session: Session, *, lon: float, lat: float) -> UUID | None:
    """The open market that a point (degrees) lies in, ``None`` outside every one (SPEC 2.2)."""
    if not _on_earth(lon, lat):
        return None
    found: UUID | None = session.execute(
        text(f"""select id from market where status = 'open' and ST_Covers(boundary, {_POINT})
                 order by created_at, id limit 1"""),  # noqa: S608
        {"lon": lon, "lat": lat},
    ).scalar_one_or_none()
    return found


def zip_at(session: Session, *, lon: float, lat: float) -> ZipPlace | None:
    """The ZIP of an open market whose land holds a point (degrees), such as a lead's pin; ``None`` outside every one.

    A metre is allowed for the rounding of the pieces' edges.
    """
    if not _on_earth(lon, lat):
        return None
    row = session.execute(
        text(f"""{_PLACE} where m.status = 'open' and ST_DWithin(z.shape, {_POINT}, 0.00001)
                 order by z.shape <-> {_POINT}, z.centre <-> {_POINT}, z.zip limit 1"""),
        {"lon": lon, "lat": lat},
    ).one_or_none()
    return ZipPlace(*row) if row else None


def zips_of(session: Session, market_id: UUID) -> list[ZipPlace]:
    """The ZIPs of a market in order, open or closed."""
    rows = session.execute(text(f"{_PLACE} where z.market_id = :market order by z.zip"), {"market": market_id})
    return [ZipPlace(*row) for row in rows]


def counties_of(session: Session, market_id: UUID) -> list[CountyView]:
    """The counties of a market by state and name, with the number of ZIPs of each."""
    rows = session.execute(
        text("select county, state, count(*) from market_zip where market_id = :market group by 1, 2 order by 2, 1"),
        {"market": market_id},
    )
    return [CountyView(*row) for row in rows]


def outline(session: Session, market_id: UUID) -> Json:
    """The boundary for maps: a GeoJSON Feature with ``id``, ``name`` and ``slug``, simplified to about 200 m."""
    features = _features(session, market_id)
    if not features:
        raise MarketNotFound
    return features[0]


def outlines(session: Session) -> Json:
    """The boundaries of all open markets as one GeoJSON FeatureCollection, in one statement."""
    return {"type": "FeatureCollection", "features": _features(session, None)}


def area_of_zips(session: Session, zips: list[str]) -> Json | None:
    """The land of some ZIPs together as GeoJSON geometry (degrees), ``None`` when no market has any of them."""
    return _area(session, "zip = any(:zips)", {"zips": zips})


def area_of_county(session: Session, market_id: UUID, *, county: str, state: str) -> Json | None:
    """The land of a county inside a market as GeoJSON geometry (degrees), ``None`` when the market has none of it."""
    return _area(
        session,
        "market_id = :market and county = :county and state = :state",
        {"market": market_id, "county": county, "state": state},
    )


def land_taken(session: Session) -> BaseGeometry | None:
    """The land of all markets, closed ones included, in degrees."""
    found = session.execute(text("select ST_AsBinary(ST_Collect(boundary)) from market")).scalar_one()
    return shapely.union_all(shapely.get_parts(shapely.from_wkb(bytes(found)))) if found else None


def is_zip(zip: str) -> bool:
    """True for five digits."""
    return _ZIP.fullmatch(zip) is not None


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def _features(session: Session, market_id: UUID | None) -> list[Json]:
    rows = session.execute(
        text(f"""select id, name, slug, {_OUTLINE} from market
                 where id = :id or (cast(:id as uuid) is null and status = 'open') order by name"""),  # noqa: S608
        {"id": market_id},
    )
    return [
        {"type": "Feature", "properties": {"id": str(id_), "name": name, "slug": slug}, "geometry": json.loads(shape)}
        for id_, name, slug, shape in rows
    ]


def _area(session: Session, where: str, wanted: dict[str, Any]) -> Json | None:
    found = session.execute(text(f"select ST_AsGeoJSON(ST_Multi(ST_Union(shape)), 6) from market_zip where {where}"), wanted)  # noqa: S608
    shape = found.scalar_one()
    return json.loads(shape) if shape else None
