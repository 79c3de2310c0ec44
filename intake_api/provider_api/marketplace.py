"""What is on sale, the cart and its checkout, the company's own ceilings (SPEC 9.1 to 9.4).

Staff may look as the earliest plan does; only providers hold and buy. Coordinates are those of the public point.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, request
from pydantic import AliasChoices, BeforeValidator, Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import marketplace
from core.kit.actor import Actor
from core.kit.errors import Invalid
from core.marketplace import ListingCard, SavedSearch, SearchQuery
from intake_api.given import read
from intake_api.rest import Body, Query, route

blueprint = Blueprint("provider_marketplace", __name__, url_prefix="/api/v1")


def _listed(value: object) -> object:
    """``a,b`` as two values: a query parameter says a list with commas."""
    return [each for each in value.split(",") if each] if isinstance(value, str) else value


Ids = Annotated[tuple[UUID, ...], BeforeValidator(_listed)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Search(Query):
    """What is looked for, as ``SearchQuery`` checks it: lists with commas, metres, cents, quality 0 to 100.

    ``facets=1`` adds counts by niche, market, price and quality; ``after`` is the ``next`` of the page before.
    """

    niche_ids: Ids = ()
    market_ids: Ids = ()
    zips: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    polygon: str | None = Field(None, description="A GeoJSON Polygon.")
    price_min_cents: int | None = None
    price_max_cents: int | None = None
    quality_min: float | None = None
    max_age_hours: float | None = None
    free_slots_min: int | None = None
    text: str | None = None
    similar_to: UUID | None = None
    sort: marketplace.Sort = "newest"
    limit: int = 25
    after: str | None = Field(None, validation_alias=AliasChoices("after", "cursor"))
    facets: bool = False

    def query(self) -> SearchQuery:
        """The search alone; raises ``SearchInvalid`` naming the parameter."""
        return SearchQuery(**self.model_dump(exclude={"after", "facets"}))


class Box(Query):
    """A part of the map in degrees, its level (0: squares of 64 km, 3: of 1 km), one niche or all."""

    west: float = Field(ge=-180, le=180, allow_inf_nan=False)
    south: float = Field(ge=-90, le=90, allow_inf_nan=False)
    east: float = Field(ge=-180, le=180, allow_inf_nan=False)
    north: float = Field(ge=-90, le=90, allow_inf_nan=False)
    level: int = 1
    niche_id: UUID | None = None


class Chosen(Body):
    """The lead to hold, or to let go."""

    lead_id: UUID


class Press(Body):
    """Which held leads to buy (``null``: all), and a key of one's own when the header ``Idempotency-Key`` has none."""

    lead_ids: list[UUID] | None = None
    key: Key | None = None


class Kept(Body):
    """A name for a search, and its parts as the parameters of ``GET marketplace/listings``.

    ``alert_hours``: mail about news at most once in so many hours, ``null`` for none.
    """

    name: Annotated[str, StringConstraints(max_length=1000)]
    query: dict[str, Any]
    alert_hours: StrictInt | None = None


class OwnCeilings(Body):
    """Cents a day and a month, ``null`` for none."""

    day_cents: StrictInt | None = None
    month_cents: StrictInt | None = None


@route(blueprint, "GET", "/marketplace/listings", "provider", "admin", "analyst", query=Search, looks=True, old=True)
def listings(session: Session, actor: Actor, given: Search, *, now: datetime) -> Any:
    """Listings that fit the search; in ``excerpt`` the words that were found stand between U+2063 and U+2064."""
    query = given.query()
    found = marketplace.search(session, actor=actor, query=query, cursor=given.after or None, now=now)
    told: dict[str, Any] = {"items": [card_json(card) for card in found.cards], "next": found.cursor, "alike": found.alike}
    if given.facets:
        told["facets"] = marketplace.facets(session, actor=actor, query=query, now=now)
    return told


@route(blueprint, "GET", "/marketplace/listings/<uuid:lead_id>", "provider", "admin", "analyst")
def one_listing(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """One listing with the lines that make its price and how the price moved; looking is noted."""
    found = marketplace.listing(session, actor=actor, lead_id=lead_id, now=now)
    history = [{"at": at, "price_cents": cents} for at, cents in found.history]
    quote = found.quote.document() if found.quote else None
    return {"listing": card_json(found.card), "quote": quote, "price_history": history}


@route(blueprint, "GET", "/marketplace/cells", "provider", "admin", "analyst", query=Box, looks=True, old=True)
def map_cells(session: Session, actor: Actor, given: Box, *, now: datetime) -> Any:
    """Listings counted in squares, with their mean price in cents: the map's layer."""
    box = (given.west, given.south, given.east, given.north)
    found = marketplace.cells(session, actor=actor, box=box, level=given.level, niche_id=given.niche_id, now=now)
    return {"items": found}


@route(blueprint, "GET", "/marketplace/saved-searches", "provider")
def own_searches(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The caller's own saved searches by name."""
    return {"items": [_search(kept) for kept in marketplace.saved_searches(session, actor=actor)]}


@route(blueprint, "POST", "/marketplace/saved-searches", "provider", body=Kept, status=201)
def keep_search(session: Session, actor: Actor, given: Kept, *, now: datetime) -> Any:
    """Save a search, with mail about news when ``alert_hours`` is named."""
    query = read(Search, given.query).query()
    made = marketplace.save_search(session, actor=actor, name=given.name, query=query, alert_hours=given.alert_hours, now=now)
    return {"saved_search": _search(made)}


@route(blueprint, "DELETE", "/marketplace/saved-searches/<uuid:search_id>", "provider")
def forget_search(session: Session, actor: Actor, _given: None, *, search_id: UUID, now: datetime) -> Any:
    """Delete one of the caller's saved searches."""
    marketplace.delete_saved_search(session, actor=actor, search_id=search_id, now=now)
    return {"deleted": search_id}


@route(blueprint, "GET", "/cart", "provider")
def own_cart(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """What the company holds, until when and at which locked price, with its balance and ceilings."""
    return {"cart": marketplace.cart(session, actor=actor, now=now)}


@route(blueprint, "POST", "/cart", "provider", body=Chosen, status=201)
def hold(session: Session, actor: Actor, given: Chosen, *, now: datetime) -> Any:
    """Hold one place of a lead at its price of now, for the plan's minutes."""
    return {"hold": marketplace.hold(session, actor=actor, lead_id=given.lead_id, now=now)}


@route(blueprint, "DELETE", "/cart", "provider", body=Chosen)
def release_named(session: Session, actor: Actor, given: Chosen, *, now: datetime) -> Any:
    """Let a held lead go."""
    return release(session, actor, None, lead_id=given.lead_id, now=now)


@route(blueprint, "DELETE", "/cart/<uuid:lead_id>", "provider")
def release(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """Let a held lead go."""
    marketplace.release_hold(session, actor=actor, lead_id=lead_id, now=now)
    return {"released": lead_id}


@route(blueprint, "POST", "/cart/<uuid:lead_id>/extend", "provider")
def extend(session: Session, actor: Actor, _given: None, *, lead_id: UUID, now: datetime) -> Any:
    """Give a hold the plan's minutes once more."""
    return {"hold": marketplace.extend_hold(session, actor=actor, lead_id=lead_id, now=now)}


@route(blueprint, "POST", "/cart/checkout", "provider", body=Press)
def check_out(session: Session, actor: Actor, given: Press, *, now: datetime) -> Any:
    """Buy all of it or nothing, once per key; a refusal's ``fields`` say why, lead by lead."""
    key = request.headers.get("Idempotency-Key") or given.key
    if key is None:
        sentence = "Send a key of your own, the same one when you try again."
        raise Invalid("cart.key", f"A purchase needs the header Idempotency-Key. {sentence}", fields={"key": sentence})
    bought = marketplace.checkout(session, actor=actor, idempotency_key=key, lead_ids=given.lead_ids, now=now)
    return {"checkout": bought}


@route(blueprint, "GET", "/provider/spend-ceilings", "provider")
def spend_ceilings(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The company's own ceilings for a day and a month, and what it has spent under them."""
    return {"ceilings": marketplace.ceilings_of(session, actor=actor, now=now)}


@route(blueprint, "PUT", "/provider/spend-ceilings", "provider", body=OwnCeilings)
def set_spend_ceilings(session: Session, actor: Actor, given: OwnCeilings, *, now: datetime) -> Any:
    """Replace both ceilings; the day's can't be above the month's."""
    return {"ceilings": marketplace.set_ceilings(session, actor=actor, **given.model_dump(), now=now)}


def card_json(card: ListingCard) -> dict[str, Any]:
    """A listing as JSON says it."""
    return card._asdict() | {"facts": [{"label": label, "value": value} for label, value in card.facts]}


def _search(kept: SavedSearch) -> dict[str, Any]:
    return asdict(kept) | {"query": kept.query.document() if kept.query else None}
