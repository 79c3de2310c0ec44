"""The home that a web page offers, from JSON-LD, microdata or OpenGraph in it (schema.org; SPEC 8.1).

Publishers nest the same things differently: a listing about a home with an offer, an offer of a home, a home with an
offer, in a graph or not, by reference or not. All are read into one ``Offering``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.sourcing.connectors.site.page_data import things
from core.sourcing.connectors.values import cents, number, text, whole

LISTINGS = {"RealEstateListing"}
HOMES = {
    "House", "SingleFamilyResidence", "Apartment", "ApartmentComplex", "Residence", "Accommodation", "GatedResidenceCommunity",
    "Suite", "Room",
}  # fmt: skip
WARES = {"Product", "Offer"}
OVER = {"SoldOut", "OutOfStock", "Discontinued"}
SQFT = {"FTK": 1.0, "SQFT": 1.0, "MTK": 10.7639104, "SQM": 10.7639104, "ACR": 43_560.0}
Thing = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offering:
    """One home as a page offers it; ``over``: sold or no longer offered."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    lat: float | None = None
    lon: float | None = None
    price_cents: int | None = None
    text: str | None = None
    posted: str | None = None
    over: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def offering_of(html: bytes, url: str) -> Offering | None:
    """What the page offers; ``None`` when it offers no home. Raises ``Unreadable`` for a page that can't be read at all."""
    linked, social = things(html, url)
    whole_graph = {thing["@id"]: thing for thing in linked if isinstance(thing.get("@id"), str) and len(thing) > 1}
    for wanted in (LISTINGS, HOMES | WARES):
        for thing in linked:
            if types(thing) & wanted:
                found = _offering(thing, whole_graph)
                if found.street or found.zip or found.lat is not None:
                    return found
    return _social(social)


def types(thing: Thing) -> set[str]:
    """Its types without their vocabulary's address."""
    given = thing.get("@type") or thing.get("type") or ()
    names = given if isinstance(given, list) else [given]
    return {str(name).rstrip("/").rpartition("/")[2].rpartition(":")[2] for name in names}


def _offering(listing: Thing, graph: dict[str, Thing]) -> Offering:
    near = list(_near(listing, graph))
    offer = next((thing for thing in near if "Offer" in types(thing) or "AggregateOffer" in types(thing)), {})
    home = next((thing for thing in near if types(thing) & HOMES), listing)
    sellers = (value for thing in (offer, listing, home) for name in ("seller", "offeredBy", "provider", "author")
               if (value := _one(thing.get(name), graph)))  # fmt: skip
    seller = next(sellers, {})
    place = next((found for thing in (home, *near) if (found := _one(thing.get("address"), graph))), {})
    geo = next((found for thing in (home, *near) if (found := _one(thing.get("geo"), graph))), {})
    return Offering(
        name=text(seller.get("name")),
        phone=text(seller.get("telephone")),
        email=(text(seller.get("email")) or "").removeprefix("mailto:") or None,
        street=text(place.get("streetAddress")),
        city=text(place.get("addressLocality")),
        state=text(place.get("addressRegion")),
        zip=text(place.get("postalCode")),
        lat=number(geo.get("latitude")),
        lon=number(geo.get("longitude")),
        price_cents=_price(listing, offer, graph),
        text=text(listing.get("description")) or text(home.get("description")),
        posted=text(listing.get("datePosted")),
        over=any(str(offer.get("availability", "")).endswith(state) for state in OVER),
        facts=_facts(home, listing),
    )


def _price(listing: Thing, offer: Thing, graph: dict[str, Thing]) -> int | None:
    """In cents; ``None`` when it is of another currency, or not given."""
    price = _one(offer.get("priceSpecification"), graph)
    currency = text(offer.get("priceCurrency")) or text(price.get("priceCurrency")) or "USD"
    amount = cents(_scalar(offer.get("price", price.get("price", offer.get("lowPrice", listing.get("price"))))))
    return amount if currency.upper() == "USD" else None


def _facts(home: Thing, listing: Thing) -> dict[str, Any]:
    found = {
        "bedrooms": whole(_scalar(home.get("numberOfBedrooms"))),
        "bathrooms": number(_scalar(home.get("numberOfBathroomsTotal", home.get("numberOfFullBathrooms")))),
        "year_built": whole(_scalar(home.get("yearBuilt"))),
        "living_area_sqft": _area(home.get("floorSize")),
        "lot_sqft": _area(home.get("lotSize")),
        "property_type": next(iter(sorted(types(home) & HOMES)), None),
        "title": text(listing.get("name")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _near(listing: Thing, graph: dict[str, Thing]) -> Iterator[Thing]:
    """The listing and what it is about or offers, two steps away at most."""
    waiting = [(listing, 0)]
    while waiting:
        thing, steps = waiting.pop(0)
        yield thing
        for name in ("mainEntity", "about", "itemOffered", "offers", "makesOffer", "containsPlace"):
            values = thing.get(name)
            for value in values if isinstance(values, list) else [values]:
                found = _one(value, graph)
                if found and steps < 2:
                    waiting.append((found, steps + 1))


def _one(value: Any, graph: dict[str, Thing]) -> Thing:
    """The thing itself, the first of several, or the one that an ``@id`` refers to; empty when there is none."""
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, dict)), None)
    if isinstance(value, str):
        return graph.get(value, {})
    if not isinstance(value, dict):
        return {}
    return graph.get(str(value["@id"]), value) if set(value) == {"@id"} else value


def _scalar(value: Any) -> Any:
    """A number or text, also out of a ``QuantitativeValue`` or a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get("value", value.get("minValue")) if isinstance(value, dict) else value


def _area(value: Any) -> float | None:
    """Square feet; a bare number counts as such."""
    value = value[0] if isinstance(value, list) and value else value
    amount = number(_scalar(value))
    unit = str(value.get("unitCode") or value.get("unitText") or "FTK") if isinstance(value, dict) else "FTK"
    factor = SQFT.get(unit.upper().replace(" ", ""))
    return round(amount * factor, 1) if amount is not None and factor else None


def _social(tags: dict[str, str]) -> Offering | None:
    """OpenGraph knows little; a page counts when it names a place and a price."""
    price = cents(tags.get("product:price:amount") or tags.get("og:price:amount"))
    street = tags.get("og:street-address") or tags.get("og:street_address")
    place = tags.get("og:postal-code") or tags.get("og:postal_code")
    if price is None or not (street or place):
        return None
    return Offering(
        street=street, zip=place, price_cents=price, phone=tags.get("og:phone_number"), email=tags.get("og:email"),
        city=tags.get("og:locality"), state=tags.get("og:region"), lat=number(tags.get("og:latitude")),
        lon=number(tags.get("og:longitude")), text=tags.get("og:description"),
        facts={"title": tags["og:title"]} if tags.get("og:title") else {},
    )  # fmt: skip
