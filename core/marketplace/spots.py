"""Where everything that a search finds lies: points while they can be told apart, squares with counts beyond (SPEC 9.1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.marketplace import ground
from core.marketplace.conditions import FREE, PAID, QUALITY, Conditions
from core.marketplace.eyes import check, eyes_of
from core.marketplace.facets import Cell, cells, squares
from core.marketplace.ground import SIZES
from core.marketplace.query import SearchInvalid, SearchQuery
from core.marketplace.search import run_search

MOST_SPOTS = 600
MOST_GROUPED = 50_000
ACROSS = 48  # so many squares fit beside each other before a coarser level is taken

Box = tuple[float, float, float, float]  # west, south, east, north in degrees
WHOLE: Box = (-180.0, -85.0, 180.0, 85.0)

_INSIDE = "o.ground && ST_MakeEnvelope(:west, :south, :east, :north, 3857)"
_POINTS = """
    with {before} select o.lead_id, ST_X(o.place), ST_Y(o.place), n.name, o.zip, {price}, {quality}
      from on_sale o join niche n on n.id = o.niche_id
     where {where} and {free} <> 0 limit {most}"""
_GROUPED = """
    with {before}, found as materialized (
      select o.ground, {price} as price_cents from on_sale o where {where} and {free} <> 0 limit {most})
    select floor(ST_X(ground) / :size)::integer as x, floor(ST_Y(ground) / :size)::integer as y,
           count(*)::integer as listings, sum(price_cents)::bigint as cents
      from found group by 1, 2"""


@dataclass(frozen=True, slots=True)
class Spot:
    """One listing on the map, at its public place in degrees; price in cents as this plan pays it."""

    lead_id: UUID
    lon: float
    lat: float
    niche: str
    zip: str
    price_cents: int
    quality: float | None


@dataclass(frozen=True, slots=True)
class Spots:
    """Either every listing as a spot, or, when they are too many to be told apart, squares with how many lie in each."""

    spots: tuple[Spot, ...]
    squares: tuple[Cell, ...]


@may_be_old
def spots(session: Session, *, actor: Actor, query: SearchQuery, box: Box | None = None, now: datetime) -> Spots:
    """What a search finds inside a box, ``MOST_SPOTS`` points at most, else squares (SPEC 9.1). Raises ``SearchInvalid``."""
    eyes = eyes_of(actor, now=now)
    asked = _inside(eyes.asks(query), box)
    statement = _POINTS.format(before=asked.before, where=asked.sql, price=PAID, quality=QUALITY, free=FREE, most=MOST_SPOTS + 1)
    rows = run_search(session, statement, asked.values)
    if not rows:
        check(session, query, eyes)
    if len(rows) > MOST_SPOTS:
        return Spots((), tuple(_squares(session, actor, query, asked, box or WHOLE, now=now)))
    return Spots(tuple([Spot(*row) for row in rows]), ())


def _inside(asked: Conditions, box: Box | None) -> Conditions:
    if box is None:
        return asked
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise SearchInvalid("box", "This part of the map can't be looked at. Move the map back over the markets.")
    (left, bottom), (right, top) = ground.mercator(west, south), ground.mercator(east, north)
    corners = {"west": left, "south": bottom, "east": right, "north": top}
    return replace(asked, sql=f"{asked.sql} and {_INSIDE}", values=asked.values | corners)


def _squares(session: Session, actor: Actor, query: SearchQuery, asked: Conditions, box: Box, *, now: datetime) -> list[Cell]:
    """Squares from the kept counts where these tell the whole search, else counted now."""
    level = level_for(box)
    only_niche = set(query.document()) <= {"niche_ids", "sort", "lon", "lat"} and len(query.niche_ids) <= 1
    if only_niche:
        return cells(session, actor=actor, box=box, level=level, niche_id=next(iter(query.niche_ids), None), now=now)
    values: dict[str, Any] = asked.values | {"size": SIZES[level]}
    statement = _GROUPED.format(before=asked.before, where=asked.sql, price=PAID, free=FREE, most=MOST_GROUPED)
    return squares(run_search(session, statement, values), SIZES[level])


def level_for(box: Box) -> int:
    """The finest level of squares of which few enough fit into the box's width."""
    metres = (box[2] - box[0]) * 111_320
    return max((level for level, size in enumerate(SIZES) if metres / size <= ACROSS), default=0)
