"""An arrival is landed: checked against niche, markets and form, and made into the rows of a lead (SPEC 8.3)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import markets, niches
from core.kit.db import Json
from core.kit.ids import uuid7
from core.leads import grounds, place, zip_book
from core.leads.arrival import Arrival, Errors, Landed
from core.leads.arrival_values import arrival_values
from core.leads.errors import NicheClosed
from core.leads.place import Pin, Place

CENTS = 100


def land(session: Session, arrival: Arrival, *, lead_id: UUID | None = None, now: datetime) -> tuple[Landed | None, Errors]:
    """The rows of an arrival, and what is wrong with it by field; raises ``OutsideMarkets`` for a place we don't serve."""
    lead_id = lead_id or uuid7()
    try:
        niche = grounds.niche(session, arrival.niche)
    except NicheClosed:
        return None, {"niche": "There is no such service, or it takes no requests."}
    where, errors = _placed(session, arrival)
    form_data, wrong = _answered(arrival, niche.schema)
    errors |= wrong
    if errors or where is None:
        return None, errors
    return Landed(lead_id, niche, arrival_values(arrival, niche, where, form_data, lead_id, now)), {}


def reachable(session: Session, arrivals: Iterable[Arrival]) -> Callable[[Arrival], bool]:
    """Tells of each arrival whether it may lie in a market, from one look at all their ZIPs; ``land`` has the last word."""
    zips = grounds.served(session, {one.zip for one in arrivals if one.zip})
    return lambda one: one.zip is None or one.zip in zips or one.lat is not None or not zip_book.is_real(one.zip)


def _placed(session: Session, arrival: Arrival) -> tuple[Place | None, Errors]:
    """By its point where that lies in a market, else by its ZIP."""
    if arrival.lat is not None and arrival.lon is not None:
        pin, wrong = place.read_pin({"lat": arrival.lat, "lon": arrival.lon})
        if pin is not None and (found := _pinned(session, pin, arrival.zip)):
            return found, {}
        if wrong and arrival.zip is None:
            return None, wrong
    return place.find(session, zip=arrival.zip, pin=None, zip_field="zip")


def _pinned(session: Session, pin: Pin, zip: str | None) -> Place | None:
    """The place of a point; ``None`` when it lies nowhere we serve or far from its ZIP, which then counts instead."""
    market_id = markets.market_at(session, lon=pin.lon, lat=pin.lat)
    around = grounds.zip_place(session, zip) if zip else markets.zip_at(session, lon=pin.lon, lat=pin.lat)
    if market_id is None or around is None or around.market_id != market_id:
        return None
    return Place(around, grounds.market(session, market_id).slug, pin.lon, pin.lat, "pin", pin.accuracy_m)


def _answered(arrival: Arrival, schema: Json) -> tuple[Json, Errors]:
    """What was answered must fit the form; what is merely known is taken where it does."""
    fields = {field["key"]: field for field in schema["fields"]}
    known = {key: value for key, value in _known(arrival, fields).items() if key in fields and key not in arrival.form_data}
    fitting, _ = _cleaned(fields, known)
    given = {key: value for key, value in arrival.form_data.items() if key in fields}
    answers, wrong = _cleaned(fields, given)
    errors = {f"form_data.{key}": why for key, why in wrong.items() if given.get(key) not in (None, "", [])}
    answers = fitting | answers
    missing = {f"form_data.{key}": "This answer is needed." for key in arrival.needed if answers.get(key) in (None, "", [])}
    return answers, missing | errors


def _cleaned(fields: Mapping[str, Json], data: Json) -> tuple[Json, Errors]:
    """Answers in storable form; the fields that are not among them are not looked at."""
    return niches.clean_form({"fields": [fields[key] for key in fields if key in data]}, data)


def _known(arrival: Arrival, fields: Mapping[str, Json]) -> dict[str, Any]:
    known = dict(arrival.facts)
    if arrival.text and fields.get("details", {}).get("type") == "textarea":
        known.setdefault("details", arrival.text[:2000])
    if arrival.price_cents is not None and "price_expectation" in fields:
        known.setdefault("price_expectation", arrival.price_cents // CENTS)
    return known
