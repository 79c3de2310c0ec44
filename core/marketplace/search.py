"""A page of listings by a search: one statement, continued behind its last row (SPEC 9.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.alone import tuples_alone
from core.kit.replica import may_be_old
from core.marketplace import crowd, events
from core.marketplace.conditions import CLOSE_ENOUGH, FREE, PAID, QUALITY, Conditions
from core.marketplace.eyes import Eyes, check, eyes_of
from core.marketplace.paging import behind, last_of, walks
from core.marketplace.query import MOST_ROWS, SearchInvalid, SearchQuery

# Marks that no text can hold, so that a page may turn them into emphasis after escaping the rest.
MARK, END = "\u2063", "\u2064"
# One walk over one table finds the page; what a card needs beside it is looked up for its few rows, the company's own slot of
# each among it. Answers travel as text and are read at once, since reading a document for each row cost more than finding it.
# The columns are a card's, in its order; ``rank`` is what they are ordered by.
_COLUMNS = """
    o.lead_id, o.niche_id, o.market_id, o.zip, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.accuracy_m, {price} as paid_cents,
    o.price_cents, {quality} as quality, o.submitted_at, o.opened_at, o.closes_at, {free} as free, o.places, o.facts,
    {far} as metres{words}"""
_PAGE = """
    with {before}, page as materialized ({walks})
    select page.lead_id, page.niche_id, n.name, page.market_id, m.name, m.timezone, page.zip, page.lon, page.lat,
           page.accuracy_m, page.paid_cents, page.price_cents, page.quality, page.submitted_at, page.opened_at, page.closes_at,
           case when page.opened_at + (select longest from who) > :now then page.opened_at + (select longest from who) end,
           page.free, page.places, cast(page.facts as text), {headline}, page.metres,
           mine.expires_at, mine.state is not distinct from 'sold', page.rank
      from page join niche n on n.id = page.niche_id join market m on m.id = page.market_id
      left join lateral (select s.state, s.expires_at from slot s
                          where s.lead_id = page.lead_id and s.provider_id = :provider offset 0) mine on true
     order by page.rank {way}, {second}page.lead_id {way} limit {most}"""
_HEADLINE = f"""ts_headline('english', page.words, websearch_to_tsquery('english', :text),
                            'StartSel={MARK}, StopSel={END}, MaxFragments=2, MaxWords=18, MinWords=6')"""


class ListingCard(NamedTuple):
    """A listing as a stranger sees it: public point in degrees, price in cents as this plan pays it, no contact data."""

    lead_id: UUID
    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    timezone: str
    zip: str
    lon: float
    lat: float
    accuracy_m: int
    price_cents: int
    list_price_cents: int
    quality: float | None
    submitted_at: datetime
    opened_at: datetime
    closes_at: datetime
    early_until: datetime | None
    free_slots: int
    slots_total: int
    facts: tuple[tuple[str, str], ...]
    excerpt: str
    metres: float | None
    held_until: datetime | None
    bought: bool


_FACTS = ListingCard._fields.index("facts")


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page; ``cursor`` continues it. ``alike``: nothing had the words, so these resemble them."""

    cards: tuple[ListingCard, ...]
    cursor: str | None
    alike: bool = False


@may_be_old
def search(
    session: Session, *, actor: Actor, query: SearchQuery, cursor: str | None = None, noted: bool = True, now: datetime
) -> SearchPage:
    """Listings on sale that fit, as the actor's company sees them (SPEC 9.1); staff see what the earliest plan sees.

    Raises ``SearchInvalid``. When no listing has the words of a text, those that resemble them are found.
    ``noted``: somebody asked, so it counts as demand; not for a page that only looks again by itself.
    """
    eyes = eyes_of(actor, now=now)
    page = _page(session, query, eyes, cursor)
    if not page.cards:
        check(session, query, eyes)
    if not page.cards and query.words and cursor is None:
        page = _page(session, query, eyes, cursor, alike=True)
    if noted and cursor is None:
        events.note_search(session, actor=actor, query=query, found=len(page.cards), now=now)
    return page


def cards(session: Session, *, actor: Actor, lead_ids: Sequence[UUID], now: datetime) -> list[ListingCard]:
    """These listings as the actor's company sees them, newest first; what it may not see is left out."""
    if not lead_ids:
        return []
    eyes = eyes_of(actor, now=now)
    query = SearchQuery(limit=min(len(lead_ids), MOST_ROWS))
    found = _page(session, query, eyes, None, among=lead_ids).cards
    if not found:
        check(session, query, eyes)
    return list(found)


def _page(
    session: Session,
    query: SearchQuery,
    eyes: Eyes,
    cursor: str | None,
    *,
    alike: bool = False,
    among: Sequence[UUID] | None = None,
) -> SearchPage:
    asked = eyes.asks(query, alike=alike)
    values, where = asked.values, asked.sql
    # Among named leads a full one is shown too: whoever looked at it is told that it is taken.
    if among is None:
        where += f" and {FREE} <> 0"
    else:
        where, values["among"] = f"{where} and o.lead_id = any (:among)", list(among)
    if cursor is not None:
        values |= behind(cursor, asked.sort)
    crowded = among is None and crowd.worth_asking(query, asked)
    if crowded and asked.spread is not None:
        values |= crowd.squares(asked.spread)
    marked = bool(query.words) and not alike
    statement = _statement(asked, where, query.limit, going_on=cursor is not None, marked=marked, crowded=crowded)
    rows = run_search(session, statement, values, alike=alike, one_plan=True)
    found = _cards(rows[: query.limit])
    more = len(rows) > query.limit
    last = last_of(rows[query.limit - 1][-1], found[-1].lead_id, found[-1].list_price_cents) if more else None
    return SearchPage(found, last, alike)


def _statement(asked: Conditions, where: str, limit: int, *, going_on: bool, marked: bool, crowded: bool) -> str:
    """The one statement of a page, which finds one row more than it shows; ``marked``: with an excerpt that has the words;
    ``crowded``: the place may be one where walking along the order is shorter."""
    most = limit + 1  # written out, since only a known number lets the database walk an index in order
    far = f"(o.ground <-> {asked.here}) * {asked.shrink}" if asked.here else asked.shrink
    columns = _COLUMNS.format(price=PAID, quality=QUALITY, free=FREE, far=far, words=", o.words" if marked else "")
    first, *others = walks(asked, going_on=going_on)
    before, unless = asked.before, where
    parts = [each.statement(columns, where, most) for each in others]
    if crowded:
        before = f"{before}, {crowd.tried(first, columns, where, most=most)}"
        unless = f"{where} and not {crowd.full(most)}"
        parts.append(f"select * from tried where {crowd.full(most)}")  # noqa: S608 -- constants
    parts.append(first.statement(columns, unless, most))
    return _PAGE.format(
        before=before, walks=" union all ".join(parts), way=asked.order[1], most=most,
        second="page.price_cents, " if asked.sort == "price" else "", headline=_HEADLINE if marked else "null",
    )  # fmt: skip


def run_search(
    session: Session, statement: str, values: dict[str, Any], *, alike: bool = False, one_plan: bool = False
) -> list[Any]:
    """The rows of a statement with a search's conditions; raises ``SearchInvalid`` for a shape nobody can work with."""
    close = ("pg_trgm.word_similarity_threshold", str(CLOSE_ENOUGH)) if alike else None
    try:
        return tuples_alone(session, _read(statement), values, setting=close, one_plan=one_plan)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "XX000":  # PostGIS: a shape that can't be worked with
            raise SearchInvalid("polygon", "This shape can't be searched: its lines cross. Draw it again.") from error
        raise


@lru_cache(maxsize=512)
def _read(statement: str) -> TextClause:
    """A statement with its parameters found: the same few kinds of search come again and again."""
    return text(statement)


def _cards(rows: Sequence[Any]) -> tuple[ListingCard, ...]:
    """The rows of the statement, all documents at once and without a call for each, since this is half of a page's time."""
    answers = orjson.loads(f"[{','.join([row[_FACTS] for row in rows])}]")
    make, at = ListingCard._make, _FACTS
    return tuple([
        make((*row[:at], tuple([(each["label"], each["value"]) for each in facts]), row[at + 1] or "", *row[at + 2 : -1]))
        for row, facts in zip(rows, answers, strict=True)
    ])  # fmt: skip
