"""In which order a search shows what it finds, and how it goes on behind a page's last row (SPEC 9.1).

Each order is one over (rank, lead). A company with a discount sees the order of what it pays itself: the plan's price rises with
the listing's, but for those of the last day that are held up by what distribution got for them (SPEC 9.4). So the cheapest are
found by two walks, each along an index in the order of what is paid, and put together.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through listings in an order: along an expression that has an index, then by id.

    ``rank``: what a row's place in the order is kept as. ``behind``: where on the index a page that goes on begins, if it
    does; ``those``: what else its rows must be. ``ties``: rows that rank the same as the last one come along.
    """

    along: str
    way: str
    rank: str
    behind: str | None = None
    those: tuple[str, ...] = ()
    ties: bool = False

    def statement(self, columns: str, where: str, most: int) -> str:
        """The statement of the first ``most`` rows."""
        every = " and ".join([where, *self.those, *([self.behind] if self.behind else [])])
        found = f"select {columns}, {self.rank} as rank from on_sale o where {every}"  # noqa: S608 -- constants
        if self.ties:
            return f"({found} order by {self.along} fetch first {most} rows with ties)"
        return f"({found} order by {self.along} {self.way}, o.lead_id {self.way} limit {most})"


def walks(asked: Conditions, *, going_on: bool) -> tuple[Walk, ...]:
    """The walks whose rows, put together, hold the next page; ``going_on`` behind a cursor."""
    if asked.sort == "price":
        return _by_price(going_on=going_on)
    order, way = asked.order
    beyond = "<" if way == "desc" else ">"
    behind = f"({order}, o.lead_id) {beyond} (cast(:last_rank as {_TYPES[asked.sort]}), {_LAST_LEAD})" if going_on else None
    # By distance the walk has no second key, so all that lie equally far come along and are put in order afterwards.
    return (Walk(order, way, order, behind, ties=asked.sort == "distance"),)


def _by_price(*, going_on: bool) -> tuple[Walk, ...]:
    held = "least(o.floor_cents, o.price_cents)"
    paid = f"({PAID}, o.price_cents, o.lead_id) > (cast(:last_rank as bigint), cast(:last_cents as bigint), {_LAST_LEAD})"
    further = (paid,) if going_on else ()
    return (
        Walk("o.price_cents", "asc", PAID, "o.price_cents >= :last_rank" if going_on else None, (f"not {HELD_UP}", *further)),
        Walk(
            f"{held}, o.price_cents", "asc", PAID, f"{held} >= :last_rank" if going_on else None,
            ("o.floor_cents > 0", HELD_UP, *further),
        ),
    )  # fmt: skip


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
        raise SearchInvalid("after", "This page can't be continued. Search again from the start.") from error


def _number(rank: Any) -> float:
    number = float(rank)
    if not abs(number) < _FARTHEST:  # nor is one that is no number
        raise ValueError(rank)
    return number
