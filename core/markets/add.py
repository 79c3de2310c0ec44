"""Add a market: from counties, from ZIPs, or from an uploaded outline (SPEC 0, market)."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import shapely
from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.kit.lengths import distance
from core.markets import atlas, queries
from core.markets.atlas import Place
from core.markets.boundary import Drawn, Plane, draw, free_land
from core.markets.errors import MarketInvalid, MarketTaken
from core.markets.models import Market, MarketZip
from core.markets.queries import MarketView
from core.markets.upload import read_outline

MOST_ZIPS = 1_000
WIDEST_M = 600_000
NO_LAND = shapely.MultiPolygon()


def add_from_counties(
    session: Session,
    *,
    actor: Actor,
    name: str,
    counties: Sequence[tuple[str, str]],
    timezone: str | None = None,
    slug: str | None = None,
    now: datetime,
) -> MarketView:
    """Add a market of whole counties, such as ``[("Pima", "AZ")]``; the time zone is that of most of its ZIPs.

    Admins only. Raises ``MarketInvalid`` or ``MarketTaken`` with the field (SPEC 0, market).
    """
    actor.require("admin")
    found = atlas.in_counties(counties)
    missing = [f"{county}, {state}" for (county, state), places in found.items() if not places]
    if missing or not found:
        raise MarketInvalid("counties", f"We know no county {'; '.join(missing) or 'by that name'}. Write it as Pima, AZ.")
    places = {place.zip: place for some in found.values() for place in some}
    return _add(session, actor, name, slug, timezone, list(places.values()), None, now)


def add_from_zips(
    session: Session,
    *,
    actor: Actor,
    name: str,
    zips: Collection[str],
    timezone: str | None = None,
    slug: str | None = None,
    now: datetime,
) -> MarketView:
    """Add a market of single ZIPs (five digits each). Admins only; errors as for counties (SPEC 0, market)."""
    actor.require("admin")
    wanted = sorted({zip_.strip()[:20] for zip_ in zips})
    if len(wanted) > MOST_ZIPS:
        raise MarketInvalid("zips", f"These are {len(wanted):,} ZIPs; a market has at most {MOST_ZIPS:,}.")
    found = atlas.with_zips([zip_ for zip_ in wanted if queries.is_zip(zip_)])
    unknown = [zip_ for zip_ in wanted if found.get(zip_) is None]
    if unknown or not wanted:
        listed = ", ".join(unknown[:10]) or "an empty list"
        raise MarketInvalid("zips", f"Not ZIP codes with land around them (PO boxes have none): {listed}. Leave them out.")
    return _add(session, actor, name, slug, timezone, [place for place in found.values() if place], None, now)


def add_from_geojson(
    session: Session,
    *,
    actor: Actor,
    name: str,
    document: str | bytes | dict[str, Any],
    timezone: str | None = None,
    slug: str | None = None,
    now: datetime,
) -> MarketView:
    """Add a market with an uploaded outline; its ZIPs are those whose centroid lies inside.

    Admins only. Raises ``MarketInvalid`` on ``boundary`` for a wrong, crossing, too big or foreign outline and
    ``MarketTaken`` for one that takes land of another market (SPEC 0, market).
    """
    actor.require("admin")
    outline = read_outline(document)
    plane = Plane.around(outline)
    reach = shapely.hausdorff_distance(shapely.Point(0, 0), plane.to_metres(outline).envelope)
    inside = [p for p in atlas.around(plane.lon, plane.lat, metres=reach) if outline.covers(shapely.Point(p.lon, p.lat))]
    return _add(session, actor, name, slug, timezone, inside, outline, now)


def _add(
    session: Session,
    actor: Actor,
    name: str,
    slug: str | None,
    timezone: str | None,
    places: list[Place],
    outline: BaseGeometry | None,
    now: datetime,
) -> MarketView:
    name = words.one_line(name, field="name", least=2, most=100)
    slug = words.slug(slug or name)
    timezone = _zone(timezone, places)
    _check_extent(places)
    # One at a time: two markets added at once must not take the same land.
    session.execute(text("select pg_advisory_xact_lock(hashtext('markets'))"))
    _check_name_free(session, name, slug)
    taken = queries.land_taken(session) or NO_LAND
    if outline is not None:
        outline = _beside(outline, taken)
    _check_zips_free(session, places)
    drawn = _draw(places, taken, outline)
    market_id = _store(session, name, slug, timezone, places, drawn, now)
    facts = {"name": name, "slug": slug, "zips": len(places), "timezone": timezone}
    audit.record(session, actor, "market.added", entity_type="market", entity_id=market_id, now=now, after=facts)
    return queries.get_market(session, market_id)


def _beside(outline: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    """An uploaded outline cut at its neighbours' borders, which nobody can draw along exactly; more is refused."""
    free = free_land(outline, taken)
    if (lost := 1 - free.area / outline.area) > 0.01:
        raise MarketTaken("boundary", f"{lost:.0%} of the outline belongs to another market. Draw it beside, not over it.")
    return free


def _draw(places: list[Place], taken: BaseGeometry, outline: BaseGeometry | None) -> Drawn:
    try:
        return draw(places, taken=taken, outline=outline)
    except ValueError as error:
        raise MarketTaken("boundary", "A ZIP of the market lies on another market's land. Leave that ZIP out.") from error


def _zone(timezone: str | None, places: list[Place]) -> str:
    zone = timezone or Counter(place.timezone for place in places).most_common(1)[0][0]
    if zone not in available_timezones():
        raise MarketInvalid("timezone", "Choose a time zone from the list, such as America/Phoenix.")
    return zone


def _check_extent(places: list[Place]) -> None:
    spots = shapely.multipoints([(place.lon, place.lat) for place in places])
    west, south, east, north = Plane.around(spots).to_metres(spots).bounds
    if len(places) > MOST_ZIPS or max(east - west, north - south) > WIDEST_M:
        raise MarketInvalid("boundary", f"A market has at most {MOST_ZIPS:,} ZIPs within {distance(WIDEST_M)}. Choose fewer.")


def _check_name_free(session: Session, name: str, slug: str) -> None:
    if not slug:
        raise MarketInvalid("name", "Use a name with letters or digits in it.")
    same = select(Market.name).where((func.lower(Market.name) == name.lower()) | (Market.slug == slug))
    if session.scalar(same.limit(1)) is not None:
        raise MarketTaken("name", "Another market has this name. Choose a different one.")


def _check_zips_free(session: Session, places: list[Place]) -> None:
    zips = [place.zip for place in places]
    rows = select(MarketZip.zip, Market.name).join(Market, Market.id == MarketZip.market_id).where(MarketZip.zip.in_(zips))
    held = session.execute(rows.order_by(MarketZip.zip)).all()
    if held:
        listed = ", ".join(f"{zip_} ({market})" for zip_, market in held[:5])
        raise MarketTaken("zips", f"{len(held)} of these ZIPs belong to another market: {listed}. Leave them out.")


def _store(session: Session, name: str, slug: str, zone: str, places: list[Place], drawn: Drawn, now: datetime) -> UUID:
    market_id = uuid7()
    state = Counter(place.state for place in places).most_common(1)[0][0]
    shapes = {"boundary": from_shape(drawn.boundary, srid=4326), "centre": from_shape(drawn.centre, srid=4326)}
    session.execute(
        insert(Market).values(id=market_id, name=name, slug=slug, state=state, timezone=zone, created_at=now, **shapes)
    )
    rows = [
        {
            "zip": place.zip,
            "market_id": market_id,
            "city": place.city,
            "county": place.county,
            "state": place.state,
            "centre": from_shape(shapely.Point(place.lon, place.lat), srid=4326),
            "radius_m": drawn.radius_m[place.zip],
            "shape": from_shape(drawn.pieces[place.zip], srid=4326),
        }
        for place in places
    ]
    session.execute(insert(MarketZip), rows)
    return market_id
