"""From a search to SQL: the one place where its conditions are written, for pages of cards, facets and map alike.

Everything is asked of ``on_sale``, whose places are the public ones: no filter, sort or distance can tell where a lead
really is (SPEC 2.8, 9.1). Values travel as parameters; only constants are put together here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.marketplace import ground
from core.marketplace.query import SearchQuery, Sort
from core.pricing import floored_since

CLOSE_ENOUGH = 0.45  # how alike words must be to count as a slip of the pen
SIMILAR_M = 25_000.0  # how far from a listing another may lie and still be similar

# Written out wherever it is asked for: only beside a plain value does the index walk outward from the point.
HERE, MEANT = "cast(:here as geometry)", "(select ground from meant)"
VISIBLE = "(select visible from who)"
# Nearly everything on sale is visible, but the planner takes "<=" of what it can't know for a third and would look for that
# third by another index. So beside a place it is asked in a form that has none and is taken for hardly a choice.
SEEN = f"width_bucket({VISIBLE}, array[o.opened_at]) <> 0"
WORDS = "(select websearch_to_tsquery('english', :text))"  # read once, not for every row
# Places left at this moment, by the row itself: a hold that ran out counts as one.
FREE = "(o.free + width_bucket(cast(:lapsed as timestamptz), o.held_until))"
# What a company on a plan pays: the discount, but in a listing's first day no less than distribution got for it (SPEC 9.4).
PERCENT = "(select percent from who)"
DISCOUNTED = f"(o.price_cents - o.price_cents * {PERCENT} / 100)"
HELD_UP = f"(o.opened_at > :floored and o.floor_cents > {DISCOUNTED} and {PERCENT} > 0)"
PAID = f"case when {HELD_UP} then least(o.floor_cents, o.price_cents) else greatest({DISCOUNTED}, 1) end"

QUALITY = "cast(cast(o.quality as numeric) as float8)"  # as it is written, not as its four bytes come out in eight

# Each sort is an order over (value, lead_id); a page is continued behind the last row it showed.
ORDERS: dict[Sort, tuple[str, str]] = {
    "newest": ("o.opened_at", "desc"),
    "price": ("o.price_cents", "asc"),
    "quality": ("coalesce(o.quality, -1)", "desc"),
    "distance": ("o.ground <-> {here}", "asc"),
    "recommended": ("o.appeal", "desc"),
}

# The listing that others are to be similar to, if the one who asks sees it.
_MEANT = f"""meant as materialized (
      select o.niche_id, o.ground, o.price_cents, cos(radians(ST_Y(o.place))) as shrink from on_sale o
       where o.lead_id = :similar and o.opened_at <= {VISIBLE} and o.closes_at > :now)"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Conditions:
    """The ``where`` of a search, what stands before it and its values.

    ``before``: the ``with`` queries that it asks: ``who`` looks, and ``meant``, what it is to be similar to. ``here``: its
    point on the map, if it has one. ``shrink``: how many metres of ground a metre of the map is there. ``spread``: how far
    the place reaches that it is about.
    """

    sql: str
    values: dict[str, Any]
    before: str
    here: str | None
    shrink: str
    sort: Sort
    spread: ground.Spread | None = None

    @property
    def order(self) -> tuple[str, str]:
        """What the listings are put in order by, and which way."""
        order, way = ORDERS[self.sort]
        return order.format(here=self.here), way


def conditions(query: SearchQuery, *, who: str, now: datetime, alike: bool = False) -> Conditions:
    """What a listing must be to be found by ``who`` (`eyes.py`), whose plan sees those that opened by then (SPEC 9.4).

    ``alike`` looks for words that resemble the text instead of the words themselves.
    """
    placed = query.radius_m is not None or query.polygon is not None or query.similar_to is not None
    parts = [SEEN if placed else f"o.opened_at <= {VISIBLE}", "o.closes_at > :now"]
    # A hold lives until its last microsecond is over.
    values: dict[str, Any] = {"now": now, "lapsed": now - timedelta(microseconds=1), "floored": floored_since(now)}
    _among(parts, values, query)
    spread = _within(parts, values, query)
    _figures(parts, values, query, now)
    if query.words:
        parts.append("o.words %> :text" if alike else f"o.tsv @@ {WORDS}")
        values["text"] = query.words
    if query.similar_to is not None:
        return _similar(parts, values, query, who)
    here = HERE if query.lon is not None else None
    shrink = "cast(:shrink as float8)" if here else "cast(null as float8)"
    return Conditions(" and ".join(parts), values, who, here, shrink, query.sort, spread)


def _among(parts: list[str], values: dict[str, Any], query: SearchQuery) -> None:
    niches = query.niche_ids if query.similar_to is None else ()
    for name, column, wanted in (
        ("niches", "niche_id", niches), ("markets", "market_id", query.market_ids), ("zips", "zip", query.zips),
    ):  # fmt: skip
        if wanted:
            # One value as an equation: the spatial indexes begin with the niche and want it so.
            parts.append(f"o.{column} = :{name}" if len(wanted) == 1 else f"o.{column} = any (:{name})")
            values[name] = wanted[0] if len(wanted) == 1 else list(wanted)


def _within(parts: list[str], values: dict[str, Any], query: SearchQuery) -> ground.Spread | None:
    spread = None
    if query.lon is not None and query.lat is not None and query.similar_to is None:
        shrink = ground.shrink(query.lat)
        values |= {"here": ground.point(query.lon, query.lat), "shrink": shrink}
        if query.radius_m is not None:
            parts.append(_around(HERE, "cast(:reach as float8)"))
            values["reach"] = query.radius_m / shrink
            spread = ground.around(query.lon, query.lat, values["reach"])
    if query.polygon is not None:
        parts.append("ST_Covers(cast(:shape as geometry), o.ground)")
        values["shape"], drawn = ground.shape(query.polygon)
        spread = min(spread or drawn, drawn, key=lambda place: place.area)
    return spread


def _around(here: str, reach: str) -> str:
    """The box is for the index, the distance for the circle: the planner can judge both, unlike ST_DWithin."""
    return f"o.ground && ST_Expand({here}, {reach}) and o.ground <-> {here} <= {reach}"


def _similar(parts: list[str], values: dict[str, Any], query: SearchQuery, who: str) -> Conditions:
    """Similar to a listing: of its niche, at half to twice its price, around it, the nearest first."""
    parts += [
        "o.niche_id = (select niche_id from meant)",
        f"{PAID} between (select price_cents / 2 from meant) and (select price_cents * 2 from meant)",  # noqa: S608
        _around(MEANT, "(select cast(:radius as float8) / shrink from meant)"),
    ]
    values |= {"similar": query.similar_to, "radius": query.radius_m or SIMILAR_M}
    return Conditions(" and ".join(parts), values, f"{who}, {_MEANT}", MEANT, "(select shrink from meant)", "distance")


def _figures(parts: list[str], values: dict[str, Any], query: SearchQuery, now: datetime) -> None:
    alone = query.similar_to is None  # else it says about which price
    for name, condition, value in (
        ("price_min", f"{PAID} >= :price_min", query.price_min_cents if alone else None),
        ("price_max", f"{PAID} <= :price_max", query.price_max_cents if alone else None),
        ("quality", "coalesce(o.quality, -1) >= :quality", query.quality_min),
        ("free", f"{FREE} >= :free", query.free_slots_min),
    ):
        if value is not None:
            parts.append(condition)
            values[name] = value
    if query.max_age_hours is not None:
        parts.append("o.submitted_at >= :since")
        values["since"] = now - timedelta(hours=query.max_age_hours)
