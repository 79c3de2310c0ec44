"""A page of listings by a search: one statement, continued behind its last row (SPEC 9.1)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.alone import rows_alone
from core.marketplace import events, ground
from core.marketplace.conditions import CLOSE_ENOUGH, FREE, HERE, ORDERS, Conditions
from core.marketplace.eyes import Eyes, eyes_of, like
from core.marketplace.paging import behind, last_of, walks
from core.marketplace.query import MOST_ROWS, SearchInvalid, SearchQuery

# Marks that no text can hold, so that a page may turn them into emphasis after escaping the rest.
MARK, END = "\u2063", "\u2064"
# One walk over one table finds the page; what a card needs beside it is looked up for its few rows. Answers travel as text
# and are read at once, since reading a document for each row cost more than finding it.
_COLUMNS = """
    o.lead_id, o.niche_id, o.market_id, o.zip, o.accuracy_m, o.price_cents, {price} as paid_cents, o.quality, o.submitted_at,
    o.opened_at, o.closes_at, o.facts, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.places, {free} as free,
    {far} as metres{words}"""
_PAGE = """
    with page as materialized ({walks})
    select page.lead_id, page.niche_id, n.name as niche, page.market_id, m.name as market, m.timezone, page.zip, page.lon,
           page.lat, page.accuracy_m, page.paid_cents, page.price_cents, page.quality, page.submitted_at, page.opened_at,
           page.closes_at,
           page.free, page.places, cast(page.facts as text) as facts, {headline} as excerpt, page.metres, mine.state,
           mine.expires_at, page.rank
      from page join niche n on n.id = page.niche_id join market m on m.id = page.market_id
      left join slot mine on mine.lead_id = page.lead_id and mine.provider_id = :provider
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


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page; ``cursor`` continues it. ``alike``: nothing had the words, so these resemble them."""

    cards: tuple[ListingCard, ...]
    cursor: str | None
    alike: bool = False


def search(
    session: Session, *, actor: Actor, query: SearchQuery, cursor: str | None = None, noted: bool = True, now: datetime
) -> SearchPage:
    """Listings on sale that fit, as the actor's company sees them (SPEC 9.1); staff see what the earliest plan sees.

    Raises ``SearchInvalid``. When no listing has the words of a text, those that resemble them are found.
    ``noted``: somebody asked, so it counts as demand; not for a page that only looks again by itself.
    """
    eyes = eyes_of(session, actor, now=now)
    query = like(session, query, eyes)
    page = _page(session, query, eyes, cursor, alike=False)
    if not page.cards and query.words and cursor is None:
        page = _page(session, query, eyes, cursor, alike=True)
    if noted and cursor is None:
        events.note_search(session, actor=actor, query=query, found=len(page.cards), now=now)
    return page


def cards(session: Session, *, actor: Actor, lead_ids: Sequence[UUID], now: datetime) -> list[ListingCard]:
    """These listings as the actor's company sees them, newest first; what it may not see is left out."""
    if not lead_ids:
        return []
    eyes = eyes_of(session, actor, now=now)
    query = SearchQuery(limit=min(len(lead_ids), MOST_ROWS))
    return list(_page(session, query, eyes, None, alike=False, among=lead_ids).cards)


def _page(
    session: Session,
    query: SearchQuery,
    eyes: Eyes,
    cursor: str | None,
    *,
    alike: bool,
    among: Sequence[UUID] | None = None,
) -> SearchPage:
    asked = eyes.asks(query, alike=alike)
    values, where = asked.values | {"provider": eyes.provider_id}, asked.sql
    # Among named leads a full one is shown too: whoever looked at it is told that it is taken.
    if among is None:
        where += f" and {FREE} > 0"
    else:
        where, values["among"] = f"{where} and o.lead_id = any (:among)", list(among)
    if cursor is not None:
        values |= behind(cursor, query)
    marked = bool(query.words) and not alike
    rows = run_search(session, _statement(query, asked, where, going_on=cursor is not None, marked=marked), values, alike=alike)
    shrink = None if query.lat is None else ground.shrink(query.lat)
    more = len(rows) > query.limit
    return SearchPage(_cards(rows[: query.limit], eyes, shrink), last_of(rows[query.limit - 1]) if more else None, alike)


def _statement(query: SearchQuery, asked: Conditions, where: str, *, going_on: bool, marked: bool) -> str:
    """The one statement of a page, which finds one row more than it shows; ``marked``: with an excerpt that has the words."""
    most = query.limit + 1  # written out, since only a known number lets the database walk an index in order
    columns = _COLUMNS.format(
        price=asked.price, free=FREE, words=", o.words" if marked else "",
        far=f"o.ground <-> {HERE}" if asked.here else "cast(null as float8)",
    )  # fmt: skip
    return _PAGE.format(
        walks=walks(query, asked, columns, where, going_on=going_on, most=most), way=ORDERS[query.sort][1], most=most,
        second="page.price_cents, " if query.sort == "price" else "", headline=_HEADLINE if marked else "null",
    )  # fmt: skip


def run_search(session: Session, statement: str, values: dict[str, Any], *, alike: bool = False) -> list[Any]:
    """The rows of a statement with a search's conditions; raises ``SearchInvalid`` for a shape nobody can work with."""
    close = f"set local pg_trgm.word_similarity_threshold = {CLOSE_ENOUGH}" if alike else None
    try:
        return rows_alone(session, _read(statement), values, setting=close)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "XX000":  # PostGIS: a shape that can't be worked with
            raise SearchInvalid("polygon", "This shape can't be searched: its lines cross. Draw it again.") from error
        raise


@lru_cache(maxsize=512)
def _read(statement: str) -> TextClause:
    """A statement with its parameters found: the same few kinds of search come again and again."""
    return text(statement)


def _cards(rows: Sequence[Any], eyes: Eyes, shrink: float | None) -> tuple[ListingCard, ...]:
    """The rows of the statement, column by column and without a call for each, since this is half of a page's time."""
    answers = json.loads(f"[{','.join([row.facts for row in rows])}]")
    early, longest, make = eyes.now - eyes.longest, eyes.longest, ListingCard._make
    found = []
    for row, facts in zip(rows, answers, strict=True):
        rest: tuple[Any, ...] = (row[14], *row[16:])
        opened, free, places, _facts, excerpt, metres, mine, until, _rank = rest
        found.append(make((
            *row[:16], opened + longest if opened > early else None, free, places,
            tuple([(fact["label"], fact["value"]) for fact in facts]), excerpt or "",
            None if metres is None or shrink is None else metres * shrink, until if mine == "held" else None, mine == "sold",
        )))  # fmt: skip
    return tuple(found)
