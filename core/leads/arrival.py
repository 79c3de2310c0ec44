"""A request as a source outside tells it: checked against niche and markets, made into the rows of a lead (SPEC 8.3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core import markets, niches
from core.kit import clock, crypto, words
from core.kit.db import Json
from core.kit.ids import uuid7
from core.leads import address, grounds, identity, place, zip_book
from core.leads.address import Address
from core.leads.errors import NicheClosed
from core.leads.grounds import NicheGround
from core.leads.place import Pin, Place
from core.leads.wording import ConsentText

Errors = dict[str, str]
LONG_TEXT = 40
CENTS = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record in normal forms: ``email`` and ``phone`` (E.164) reach somebody, ``zip`` has five digits, degrees, cents.

    ``form_data`` are answers that somebody gave, so a wrong one is an error; ``facts`` are what is known of the matter, of
    which the form takes what fits. ``needed``: answers without which it is no lead. ``holder``: whose contact data it is.
    """

    niche: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    lat: float | None = None
    lon: float | None = None
    address_review: bool = False
    form_data: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    text: str | None = None
    price_cents: int | None = None
    consent: ConsentText | None = None
    page_url: str | None = None
    certificate_url: str | None = None
    consent_at: datetime | None = None
    attribution: Mapping[str, str] = field(default_factory=dict)
    holder: Literal["consumer", "owner", "agent"] = "consumer"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """An arrival that can be stored: the values of its rows, its keys, and the niche it asks in."""

    lead_id: UUID
    niche: NicheGround
    values: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        """What makes it the same request as another one in its niche."""
        keys: list[str] = self.values["keys"]
        return keys

    def copy(self) -> "Landed":
        """The same, to be changed by itself."""
        return Landed(self.lead_id, self.niche, dict(self.values))


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
    return Landed(lead_id, niche, _values(arrival, niche, where, form_data, lead_id, now)), {}


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


def _values(arrival: Arrival, niche: NicheGround, where: Place, form_data: Json, lead_id: UUID, now: datetime) -> dict[str, Any]:
    home = Address(arrival.street, arrival.unit, arrival.city, arrival.state, arrival.zip, arrival.address_review)
    home = address.completed(home, city=where.zip.city, state=where.zip.state, zip=where.zip.zip)
    public_lon, public_lat = place.public_point(where, lead_id)
    return {
        "lead": lead_id,
        "niche": niche.id,
        "version": niche.version,
        "market": where.zip.market_id,
        "zip": where.zip.zip,
        "zip_state": where.zip.state,
        "lon": where.lon,
        "lat": where.lat,
        "location_source": where.source,
        "accuracy_m": where.accuracy_m,
        "public_lon": public_lon,
        "public_lat": public_lat,
        "form_data": form_data,
        "facts": _facts(niche, where, form_data, now),
        "text_key": _text_key(niche, form_data),
        "attribution": dict(arrival.attribution),
        "now": now,
        **_person(arrival, home),
        **_consent(arrival, now),
    }


def _person(arrival: Arrival, home: Address) -> dict[str, Any]:
    email_key = identity.email_key(arrival.email) if arrival.email else None
    address_key = home.key(arrival.name or "")
    block_keys = identity.block_keys(email_key, arrival.phone)
    return {
        "name": arrival.name,
        "email": arrival.email,
        "phone": arrival.phone,
        "street": home.street,
        "unit": home.unit,
        "city": home.city,
        "state": home.state,
        "address_review": arrival.address_review,
        "email_key": email_key,
        "address_key": address_key,
        "block_keys": block_keys,
        "keys": _keys(arrival, block_keys, address_key),
    }


def _keys(arrival: Arrival, block_keys: list[str], address_key: str | None) -> list[str]:
    """What makes two records the same request. An agent has many homes on offer: there it is the home alone."""
    if arrival.holder == "agent":
        return [identity.hashed("home", address_key.partition("|")[2])] if address_key else []
    named = address_key if arrival.name else None
    return sorted([*block_keys, *([identity.hashed("address", named)] if named else [])])


def _facts(niche: NicheGround, where: Place, form_data: Json, now: datetime) -> Json:
    around = where.zip
    return niches.facts_of(
        niche.schema, form_data, zip=around.zip, city=around.city, county=around.county, state=around.state,
        market_slug=where.market_slug, submitted_on=clock.in_zone(now, around.timezone).date(), source="connector",
    )  # fmt: skip


def _text_key(niche: NicheGround, form_data: Json) -> str | None:
    words = " ".join(str(form_data.get(f["key"], "")) for f in niche.schema["fields"] if f["type"] == "textarea")
    return crypto.keyed_hash(niches.comparable(words), purpose="text") if len(words) >= LONG_TEXT else None


def _consent(arrival: Arrival, now: datetime) -> dict[str, Any]:
    shown = arrival.consent
    if shown is None:
        return {}
    return {
        "wording": shown.text,
        "wording_version": shown.version,
        "sellers": list(shown.sellers),
        "channels": list(shown.channels),
        "page_url": words.page_address(arrival.page_url),
        "certificate_url": arrival.certificate_url,
        "consent_at": min(arrival.consent_at or now, now),
    }
