"""A page of listings by a search: one statement, continued behind its last row (SPEC 9.1)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import payments, pricing
from core.kit.actor import Actor
from core.marketplace import events, ground
from core.marketplace.conditions import CLOSE_ENOUGH, FREE, HERE, ORDERS, Conditions, conditions
from core.marketplace.query import MOST_ROWS, SearchInvalid, SearchQuery, Sort

NO_ONE = UUID(int=0)

# Marks that no text can hold, so that a page may turn them into emphasis after escaping the rest.
MARK, END = "\u2063", "\u2064"
# One walk over one table finds the page; what a card needs beside it is looked up for its few rows. By distance the walk has no
# second key, so all that lie equally far come along and are put in order afterwards.
_PAGE = """
    with page as materialized (
      select o.lead_id, o.niche_id, o.market_id, o.zip, o.accuracy_m, o.price_cents, o.floor_cents, o.quality, o.submitted_at,
             o.opened_at, o.closes_at, o.facts, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.places, {free} as free,
             {order} as rank, {far} as metres{words}
        from on_sale o
       where {where}
       order by {walk}
    )
    select page.lead_id, page.niche_id, n.name, page.market_id, m.name, m.timezone, page.zip, page.lon, page.lat, page.accuracy_m,
           page.price_cents, page.floor_cents, page.quality, page.submitted_at, page.opened_at, page.closes_at, page.free,
           page.places, page.facts, {headline}, page.metres, mine.state, mine.expires_at, page.rank
      from page join niche n on n.id = page.niche_id join market m on m.id = page.market_id
      left join slot mine on mine.lead_id = page.lead_id and mine.provider_id = :provider
     order by page.rank {way}, page.lead_id {way} limit {most}"""
_HEADLINE = f"""ts_headline('english', page.words, websearch_to_tsquery('english', :text),
                            'StartSel={MARK}, StopSel={END}, MaxFragments=2, MaxWords=18, MinWords=6')"""
_SIMILAR = text("""
    select o.niche_id, ST_X(o.place) as lon, ST_Y(o.place) as lat, o.price_cents from on_sale o
     where o.lead_id = :lead and o.opened_at <= :visible and o.closes_at > :now""")


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


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: the provider (nobody for staff), its discount, since when it sees listings and the others do."""

    provider_id: UUID
    discount_percent: int
    visible_since: datetime
    longest: timedelta  # how long the first plan sees a listing before the last one
    now: datetime

    def price(self, cents: int, *, floor_cents: int, opened_at: datetime) -> int:
        """What this plan pays."""
        least = pricing.least_price(floor_cents, opened_at=opened_at, now=self.now)
        return pricing.plan_price(cents, percent=self.discount_percent, least_cents=max(least, 1))

    def early_until(self, opened_at: datetime) -> datetime | None:
        """Until when only plans with early access see a listing; ``None`` once everybody does."""
        end = opened_at + self.longest
        return end if end > self.now else None


def search(
    session: Session, *, actor: Actor, query: SearchQuery, cursor: str | None = None, noted: bool = True, now: datetime
) -> SearchPage:
    """Listings on sale that fit, as the actor's company sees them (SPEC 9.1); staff see what the earliest plan sees.

    Raises ``SearchInvalid``. When no listing has the words of a text, those that resemble them are found.
    ``noted``: somebody asked, so it counts as demand; not for a page that only looks again by itself.
    """
    eyes = eyes_of(session, actor, now=now)
    query = _like(session, query, eyes)
    page = _page(session, query, eyes, cursor, now=now, alike=False)
    if not page.cards and query.words and cursor is None:
        page = _page(session, query, eyes, cursor, now=now, alike=True)
    if noted and cursor is None:
        events.note_search(session, actor=actor, query=query, found=len(page.cards), now=now)
    return page


def cards(session: Session, *, actor: Actor, lead_ids: Sequence[UUID], now: datetime) -> list[ListingCard]:
    """These listings as the actor's company sees them, newest first; what it may not see is left out."""
    if not lead_ids:
        return []
    eyes = eyes_of(session, actor, now=now)
    query = SearchQuery(limit=min(len(lead_ids), MOST_ROWS))
    return list(_page(session, query, eyes, None, now=now, alike=False, among=lead_ids).cards)


def eyes_conditions(session: Session, actor: Actor, query: SearchQuery, *, now: datetime) -> tuple[Eyes, Conditions]:
    """Who looks, and the conditions of a search for them: for what stands beside a page."""
    eyes = eyes_of(session, actor, now=now)
    return eyes, conditions(_like(session, query, eyes), visible_since=eyes.visible_since, now=now)


def meant(session: Session, *, actor: Actor, query: SearchQuery, now: datetime) -> SearchQuery:
    """The search with what it is "similar to" as the place and prices that this means for the actor now."""
    return _like(session, query, eyes_of(session, actor, now=now))


def eyes_of(session: Session, actor: Actor, *, now: datetime) -> Eyes:
    """Who looks; raises ``Forbidden`` or ``ProviderNotActive`` for somebody who may not."""
    if actor.role != "provider":
        actor.require("admin", "analyst")
        return Eyes(NO_ONE, 0, now, payments.early_access(session), now)
    provider_id = actor.require_provider()
    terms = payments.terms_of(session, provider_id=provider_id)
    return Eyes(provider_id, terms.plan.discount_percent, now - terms.wait, terms.longest, now)


def _like(session: Session, query: SearchQuery, eyes: Eyes) -> SearchQuery:
    """A search "similar to this" becomes one for the niche around it, at about its price; only to what the asker sees."""
    if query.similar_to is None:
        return query
    row = session.execute(_SIMILAR, {"lead": query.similar_to, "visible": eyes.visible_since, "now": eyes.now}).one_or_none()
    if row is None:
        raise SearchInvalid("similar_to", "This lead is no longer on sale. Search without it.")
    found = {"niche_ids": (row.niche_id,), "lon": row.lon, "lat": row.lat, "sort": "distance", "similar_to": None}
    bounds = {"price_min_cents": row.price_cents // 2, "price_max_cents": row.price_cents * 2}
    return replace(query, **found, **bounds, radius_m=query.radius_m or 25_000.0)


def _page(
    session: Session,
    query: SearchQuery,
    eyes: Eyes,
    cursor: str | None,
    *,
    now: datetime,
    alike: bool,
    among: Sequence[UUID] | None = None,
) -> SearchPage:
    asked = conditions(query, visible_since=eyes.visible_since, now=now, alike=alike)
    order, way = ORDERS[query.sort]
    values, where = asked.values | {"provider": eyes.provider_id}, asked.sql
    # Among named leads a full one is shown too: whoever looked at it is told that it is taken.
    if among is None:
        where += f" and {FREE} > 0"
    else:
        where, values["among"] = f"{where} and o.lead_id = any (:among)", list(among)
    if cursor is not None:
        values |= _cursor(cursor, query)
        beyond = "<" if way == "desc" else ">"
        where += f" and ({order}, o.lead_id) {beyond} (cast(:last_rank as {_TYPES[query.sort]}), cast(:last_lead as uuid))"
    rows = run_search(session, _statement(query, asked, where, marked=bool(query.words) and not alike), values, alike=alike)
    shrink = None if query.lat is None else ground.shrink(query.lat)
    cards = tuple([_card(row, eyes, shrink) for row in rows[: query.limit]])
    more = len(rows) > query.limit
    return SearchPage(cards, _next(rows[query.limit - 1]) if more else None, alike)


def _statement(query: SearchQuery, asked: Conditions, where: str, *, marked: bool) -> str:
    """The one statement of a page, which finds one row more than it shows; ``marked``: with an excerpt that has the words."""
    order, way = ORDERS[query.sort]
    most = query.limit + 1  # written out, since only a known number lets the database walk an index in order
    nearest = f"{order} fetch first {most} rows with ties"
    return _PAGE.format(
        free=FREE, order=order, way=way, where=where, most=most,
        far=f"o.ground <-> {HERE}" if asked.here else "cast(null as float8)",
        walk=nearest if query.sort == "distance" else f"{order} {way}, o.lead_id {way} limit {most}",
        words=", o.words" if marked else "", headline=_HEADLINE if marked else "null",
    )  # fmt: skip


def run_search(session: Session, statement: str, values: dict[str, Any], *, alike: bool = False) -> list[Row[Any]]:
    """The rows of a statement with a search's conditions; raises ``SearchInvalid`` for a shape nobody can work with."""
    if alike:
        session.execute(text(f"set local pg_trgm.word_similarity_threshold = {CLOSE_ENOUGH}"))
    try:
        return list(session.execute(_read(statement), values).all())
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "XX000":  # PostGIS: a shape that can't be worked with
            raise SearchInvalid("polygon", "This shape can't be searched: its lines cross. Draw it again.") from error
        raise


@lru_cache(maxsize=512)
def _read(statement: str) -> TextClause:
    """A statement with its parameters found: the same few kinds of search come again and again."""
    return text(statement)


def _card(row: Row[Any], eyes: Eyes, shrink: float | None) -> ListingCard:
    """A row of the statement, column by column, since this runs for each listing of each page."""
    said: tuple[Any, ...] = tuple(row)
    cents, floor, quality, submitted, opened, closes, free, places, facts, excerpt, metres, mine, until, _rank = said[10:]
    price = eyes.price(cents, floor_cents=floor, opened_at=opened)
    pairs = tuple([(fact["label"], fact["value"]) for fact in facts])
    far = None if metres is None or shrink is None else metres * shrink
    return ListingCard._make((
        *said[:10], price, cents, quality, submitted, opened, closes, eyes.early_until(opened), free, places, pairs,
        excerpt or "", far, until if mine == "held" else None, mine == "sold",
    ))  # fmt: skip


def _next(row: Row[Any]) -> str:
    rank = row.rank.isoformat() if isinstance(row.rank, datetime) else row.rank
    return urlsafe_b64encode(json.dumps([rank, str(row.lead_id)]).encode()).decode()


# As what a row's place in an order is kept; in its column's own type, or the row would not find itself again.
_TYPES: dict[Sort, str] = {
    "newest": "timestamptz", "price": "bigint", "quality": "real", "distance": "float8", "recommended": "float8",
}  # fmt: skip
_FARTHEST = 1e12  # beyond any price, distance and order


def _cursor(cursor: str, query: SearchQuery) -> dict[str, Any]:
    """Where to go on; a cursor of another sort is refused like one that was never given."""
    try:
        rank, lead = json.loads(urlsafe_b64decode(cursor.encode()))
        last = datetime.fromisoformat(rank) if query.sort == "newest" else _number(rank)
        return {"last_rank": last, "last_lead": UUID(lead)}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SearchInvalid("cursor", "This page can't be continued. Search again from the start.") from error


def _number(rank: Any) -> float:
    number = float(rank)
    if not abs(number) < _FARTHEST:  # nor is one that is no number
        raise ValueError(rank)
    return number
