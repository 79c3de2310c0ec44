"""In which order a search shows what it finds, and how it goes on behind a page's last row (SPEC 9.1).

Each order is one over (rank, lead). A company with a discount sees the order of what it pays itself: the plan's price rises with
the listing's, but for those of the last day that are held up by what distribution got for them (SPEC 9.4). So the cheapest are
found by two walks, each along an index in the order of what is paid, and put together.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from core.marketplace.conditions import HELD_UP, PAID, Conditions
from core.marketplace.query import SearchInvalid, Sort

# As what a row's place in an order is kept; in its column's own type, or the row would not find itself again.
_TYPES: dict[Sort, str] = {
    "newest": "timestamptz", "price": "bigint", "quality": "real", "distance": "float8", "recommended": "float8",
}  # fmt: skip
_FARTHEST = 1e12  # beyond any price, distance and order
_LAST_LEAD = "cast(:last_lead as uuid)"


def walks(asked: Conditions, columns: str, where: str, *, going_on: bool, most: int) -> str:
    """The statement that finds the next ``most`` rows or, in two parts or with ties, some more; ``going_on`` behind a cursor."""
    if asked.sort == "price":
        return _two_walks(columns, where, going_on=going_on, most=most)
    order, way = asked.order
    if going_on:
        beyond = "<" if way == "desc" else ">"
        where += f" and ({order}, o.lead_id) {beyond} (cast(:last_rank as {_TYPES[asked.sort]}), {_LAST_LEAD})"
    # By distance the walk has no second key, so all that lie equally far come along and are put in order afterwards.
    nearest = f"{order} fetch first {most} rows with ties"
    walk = nearest if asked.sort == "distance" else f"{order} {way}, o.lead_id {way} limit {most}"
    return f"select {columns}, {order} as rank from on_sale o where {where} order by {walk}"  # noqa: S608 -- constants


def _two_walks(columns: str, where: str, *, going_on: bool, most: int) -> str:
    held = "least(o.floor_cents, o.price_cents)"
    parts = []
    for those, walk, least in (
        (f"not {HELD_UP}", "o.price_cents", "o.price_cents >= :last_rank"),
        (f"o.floor_cents > 0 and {HELD_UP}", f"{held}, o.price_cents", f"{held} >= :last_rank"),
    ):
        among = f"{where} and {those}"
        if going_on:
            paid = f"({PAID}, o.price_cents, o.lead_id)"
            among += f" and {least} and {paid} > (cast(:last_rank as bigint), cast(:last_cents as bigint), {_LAST_LEAD})"
        found = f"select {columns}, {PAID} as rank from on_sale o where {among}"  # noqa: S608 -- constants
        parts.append(f"({found} order by {walk}, o.lead_id limit {most})")
    return " union all ".join(parts)


def last_of(rank: Any, lead_id: UUID, list_price_cents: int) -> str:
    """The cursor that goes on behind a row."""
    placed = rank.isoformat() if isinstance(rank, datetime) else rank
    return urlsafe_b64encode(json.dumps([placed, str(lead_id), list_price_cents]).encode()).decode()


def behind(cursor: str, sort: Sort) -> dict[str, Any]:
    """Where to go on; a cursor of another sort is refused like one that was never given."""
    try:
        rank, lead, cents = json.loads(urlsafe_b64decode(cursor.encode()))
        behind_it = {"last_lead": UUID(lead)}
        if sort == "price":
            return behind_it | {"last_rank": int(_number(rank)), "last_cents": int(_number(cents))}
        return behind_it | {"last_rank": datetime.fromisoformat(rank) if sort == "newest" else _number(rank)}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SearchInvalid("cursor", "This page can't be continued. Search again from the start.") from error


def _number(rank: Any) -> float:
    number = float(rank)
    if not abs(number) < _FARTHEST:  # nor is one that is no number
        raise ValueError(rank)
    return number
