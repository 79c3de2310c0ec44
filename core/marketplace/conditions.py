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

# Written out wherever it is asked for: only beside a plain value does the index walk outward from the point.
HERE = "cast(:here as geometry)"
WORDS = "(select websearch_to_tsquery('english', :text))"  # read once, not for every row
# Places left at this moment, by the row itself: a hold that ran out counts as one.
FREE = "(o.free + width_bucket(cast(:lapsed as timestamptz), o.held_until))"
# What a company on a plan pays: the discount, but in a listing's first day no less than distribution got for it (SPEC 9.4).
DISCOUNTED = "(o.price_cents - o.price_cents * cast(:percent as bigint) / 100)"
HELD_UP = f"(o.opened_at > :floored and o.floor_cents > {DISCOUNTED})"
PAID = f"case when {HELD_UP} then least(o.floor_cents, o.price_cents) else greatest({DISCOUNTED}, 1) end"

# Each sort is an order over (value, lead_id); a page is continued behind the last row it showed.
ORDERS: dict[Sort, tuple[str, str]] = {
    "newest": ("o.opened_at", "desc"),
    "price": ("o.price_cents", "asc"),
    "quality": ("coalesce(o.quality, -1)", "desc"),
    "distance": (f"o.ground <-> {HERE}", "asc"),
    "recommended": ("o.appeal", "desc"),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The ``where`` of a search and its values; ``here``: it has a point; ``price``: what the one who looks would pay."""

    sql: str
    values: dict[str, Any]
    here: bool
    price: str

    @property
    def discounted(self) -> bool:
        """True when the price differs from the listing's."""
        return self.price == PAID


def conditions(query: SearchQuery, *, visible_since: datetime, percent: int, now: datetime, alike: bool = False) -> Conditions:
    """What a listing must be to be found. ``visible_since``: the plan sees listings that opened by then (SPEC 9.4).

    ``percent``: the plan's discount. ``alike`` looks for words that resemble the text instead of the words themselves.
    """
    parts = ["o.opened_at <= :visible", "o.closes_at > :now"]
    # A hold lives until its last microsecond is over.
    values: dict[str, Any] = {"visible": visible_since, "now": now, "lapsed": now - timedelta(microseconds=1)}
    price = PAID if percent else "o.price_cents"
    if percent:
        values |= {"percent": percent, "floored": floored_since(now)}
    _among(parts, values, query)
    _around(parts, values, query)
    _figures(parts, values, query, price, now)
    if query.words:
        parts.append("o.words %> :text" if alike else f"o.tsv @@ {WORDS}")
        values["text"] = query.words
    return Conditions(" and ".join(parts), values, query.lon is not None, price)


def _among(parts: list[str], values: dict[str, Any], query: SearchQuery) -> None:
    for name, column, wanted in (
        ("niches", "niche_id", query.niche_ids), ("markets", "market_id", query.market_ids), ("zips", "zip", query.zips),
    ):  # fmt: skip
        if wanted:
            # One value as an equation: the spatial indexes begin with the niche and want it so.
            parts.append(f"o.{column} = :{name}" if len(wanted) == 1 else f"o.{column} = any (:{name})")
            values[name] = wanted[0] if len(wanted) == 1 else list(wanted)


def _around(parts: list[str], values: dict[str, Any], query: SearchQuery) -> None:
    if query.lon is not None and query.lat is not None:
        values["here"] = ground.point(query.lon, query.lat)
    if query.radius_m is not None and query.lat is not None:
        # The box is for the index, the distance for the circle: the planner can judge both, unlike ST_DWithin.
        reach = "cast(:reach as float8)"
        parts.append(f"o.ground && ST_Expand({HERE}, {reach}) and o.ground <-> {HERE} <= {reach}")
        values["reach"] = query.radius_m / ground.shrink(query.lat)
    if query.polygon is not None:
        parts.append("ST_Covers(cast(:shape as geometry), o.ground)")
        values["shape"] = ground.shape(query.polygon)


def _figures(parts: list[str], values: dict[str, Any], query: SearchQuery, price: str, now: datetime) -> None:
    for name, condition, value in (
        ("price_min", f"{price} >= :price_min", query.price_min_cents),
        ("price_max", f"{price} <= :price_max", query.price_max_cents),
        ("quality", "coalesce(o.quality, -1) >= :quality", query.quality_min),
        ("free", f"{FREE} >= :free", query.free_slots_min),
    ):
        if value is not None:
            parts.append(condition)
            values[name] = value
    if query.max_age_hours is not None:
        parts.append("o.submitted_at >= :since")
        values["since"] = now - timedelta(hours=query.max_age_hours)
