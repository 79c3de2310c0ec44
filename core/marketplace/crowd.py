"""Where listings lie close together, their order is walked instead of the place.

A page shows the first 25 of an order. In a sparse place it is quickest to look at everything there and put it in order; a city
has thousands, and then the first 25 that lie there are soon found along the order's own index. Which of the two is a matter
of how many lie there, which the map's squares know. They tell how many, not how old or how dear: so the walk along the order ends
after half of what lies in the place, and if the page is not full by then the place is looked at after all. Half again is
the most that a wrong guess costs.
"""

from math import floor
from typing import Any

from core.marketplace.conditions import Conditions
from core.marketplace.ground import SIZES, Spread
from core.marketplace.paging import Walk
from core.marketplace.query import SearchQuery

# A walk along the order meets about ``most * all / there`` listings before the page is full: it is tried when half of those
# that are there are more than that. How many there are in all is known to the planner, near enough.
_STEPS = """(select case when n * n > 2 * {most} * (select reltuples from pg_class where oid = 'on_sale'::regclass)
                         then cast(n / 2 as bigint) else 0 end from crowd)"""
_CROWD = """crowd as materialized (
      select coalesce(cast(:share as float8) * sum(listings), 0) as n from sale_cell
       where level = :level and x between :west and :east and y between :south and :north{niche})"""
_TRIED = """tried as materialized (
      select {columns}, {rank} as rank
        from (select *, {along} as along from on_sale o{behind} order by {along} {way}, o.lead_id {way} limit {steps}) o
       where {where} order by o.along {way}, o.lead_id {way} limit {most})"""


def worth_asking(query: SearchQuery, asked: Conditions) -> bool:
    """True for a search of a place, put in an order that has an index, whose words don't make it short anyway."""
    return asked.spread is not None and asked.sort != "distance" and not query.words and not query.zips


def squares(spread: Spread) -> dict[str, Any]:
    """Which of the map's squares tell how many listings lie in a place, at most 25, and which share of these squares it is."""
    width = max(spread.east - spread.west, spread.north - spread.south)
    level = next((level for level, size in enumerate(SIZES) if size <= width), len(SIZES) - 1)
    size = SIZES[level]
    west, south, east, north = (floor(edge / size) for edge in spread[:4])
    share = min(1.0, spread.area / ((east - west + 1) * (north - south + 1) * size**2))
    return {"level": level, "west": west, "south": south, "east": east, "north": north, "share": share}


def tried(walk: Walk, columns: str, where: str, *, most: int) -> str:
    """The ``with`` queries of the walk along the order, which ends early; its page is whole if it is ``full``."""
    niche = " and niche_id = :niches" if "o.niche_id = :niches" in where else ""
    steps = _STEPS.format(most=most)
    found = _TRIED.format(
        columns=columns, rank=walk.rank, along=walk.along, way=walk.way, steps=steps, most=most,
        behind=f" where {walk.behind}" if walk.behind else "", where=" and ".join([where, *walk.those]),
    )  # fmt: skip
    return f"{_CROWD.format(niche=niche)}, {found}"


def full(most: int) -> str:
    """Whether the walk found a whole page; else the place is looked at."""
    return f"(select count(*) from tried) = {most}"  # noqa: S608 -- a number of ours
