"""What a search would find more or less of: counts beside the page, and squares of the map (SPEC 9.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.marketplace import ground
from core.marketplace.conditions import FREE, PAID
from core.marketplace.eyes import check, eyes_of
from core.marketplace.ground import SIZES
from core.marketplace.query import SearchInvalid, SearchQuery
from core.marketplace.search import run_search

MOST_COUNTED = 10_000
PRICE_STEPS = (0, 1_500, 3_000, 5_000, 10_000)  # cents
QUALITY_STEPS = (0, 40, 60, 80)
MOST_CELLS = 4_000

_FACETS = """
    with {before}, found as materialized (
      select o.niche_id, o.market_id, {price} as price_cents, o.quality from on_sale o where {where} and {free} <> 0 limit {most}
    )
    select 'niche' as facet, niche_id::text as key, count(*) as n from found group by niche_id
    union all select 'market', market_id::text, count(*) from found group by market_id
    union all
    select 'price', width_bucket(price_cents, cast(:prices as bigint[]))::text, count(*) from found group by 2
    union all
    select 'quality', width_bucket(coalesce(quality, 0)::float8, cast(:qualities as float8[]))::text, count(*)
      from found group by 2
    union all select 'all', '', count(*) from found"""
# The kept squares and the differences not yet summed up: together always exact.
_CELLS = """
    with {who} select x, y, sum(listings)::integer as listings,
           (sum(cents) - sum(cents) * (select percent from who) / 100)::bigint as cents from (
      select level, niche_id, x, y, listings, cents from sale_cell
      union all
      select level, niche_id, x, y, listings, cents from sale_cell_step
    ) c
     where level = :level and x between :west and :east and y between :south and :north
       and (cast(:niche as uuid) is null or niche_id = :niche) and exists (select from who)
     group by x, y having sum(listings) > 0 limit :most"""


@dataclass(frozen=True, slots=True)
class Facets:
    """How many listings the search finds by niche, market, price and quality; ``capped``: there are more than counted."""

    total: int
    capped: bool
    niches: dict[UUID, int]
    markets: dict[UUID, int]
    prices: dict[int, int]  # by the lower end of its step, in cents
    qualities: dict[int, int]  # by the lower end of its step


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the map: its middle in degrees, its width in map metres, listings in it and their mean price in cents.

    As the plan pays it; where squares are kept ready, a discount is taken from all of it, also from those that are held up
    in their first day (SPEC 9.4), so it is to be called "about".
    """

    lon: float
    lat: float
    size_m: int
    listings: int
    mean_cents: int


@may_be_old
def facets(session: Session, *, actor: Actor, query: SearchQuery, now: datetime) -> Facets:
    """Counts over everything a search finds, up to ``MOST_COUNTED`` listings."""
    eyes = eyes_of(actor, now=now)
    asked = eyes.asks(query)
    steps = {"prices": list(PRICE_STEPS), "qualities": [float(step) for step in QUALITY_STEPS]}
    rows = run_search(
        session,
        _FACETS.format(before=asked.before, where=asked.sql, price=PAID, free=FREE, most=MOST_COUNTED + 1),
        asked.values | steps,
    )
    by: dict[str, dict[str, int]] = {name: {} for name in ("niche", "market", "price", "quality", "all")}
    for facet, key, n in rows:
        by[facet][key] = n
    total = by["all"].get("", 0)
    if not total:
        check(session, query, eyes)
    return Facets(
        min(total, MOST_COUNTED),
        total > MOST_COUNTED,
        {UUID(key): n for key, n in by["niche"].items()},
        {UUID(key): n for key, n in by["market"].items()},
        {PRICE_STEPS[int(key) - 1]: n for key, n in sorted(by["price"].items())},
        {QUALITY_STEPS[int(key) - 1]: n for key, n in sorted(by["quality"].items())},
    )


@may_be_old
def cells(
    session: Session,
    *,
    actor: Actor,
    box: tuple[float, float, float, float],
    level: int,
    niche_id: UUID | None = None,
    now: datetime,
) -> list[Cell]:
    """The squares in a box (west, south, east, north in degrees) at a level 0 (64 km) to 3 (1 km); staff and providers."""
    eyes = eyes_of(actor, now=now)
    if level not in range(len(SIZES)):
        raise SearchInvalid("level", f"The map has levels 0 to {len(SIZES) - 1}.")
    size = SIZES[level]
    (west, south), (east, north) = ground.mercator(*box[:2]), ground.mercator(*box[2:])
    # Whole numbers: beside a fraction the index on squares is no use.
    bounds = {"west": int(west // size), "east": int(east // size), "south": int(south // size), "north": int(north // size)}
    values = eyes.values | bounds | {"level": level, "niche": niche_id, "most": MOST_CELLS}
    rows = run_search(session, _CELLS.format(who=eyes.who), values)
    if not rows:
        check(session, SearchQuery(), eyes)
    return squares(rows, size)


def squares(rows: Sequence[tuple[int, int, int, int]], size_m: int) -> list[Cell]:
    """Squares by their numbers (x, y), how many listings lie in each, and what these cost together in cents."""
    # They are a grid: each column's longitude and each row's latitude is worked out once.
    lon = {x: ground.in_degrees((x + 0.5) * size_m, 0)[0] for x in {row[0] for row in rows}}
    lat = {y: ground.in_degrees(0, (y + 0.5) * size_m)[1] for y in {row[1] for row in rows}}
    return [Cell(lon[x], lat[y], size_m, listings, cents // listings) for x, y, listings, cents in rows]
