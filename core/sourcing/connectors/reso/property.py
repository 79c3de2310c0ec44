"""What a RESO Property says, in our words (Data Dictionary 2.0). Enumerations and lookups mean the same."""

import re
from collections.abc import Callable
from typing import Any

from core.sourcing.connectors.reso.settings import ResoSettings
from core.sourcing.connectors.values import cents, id_text, moment, number, text, whole
from core.sourcing.errors import Unreadable
from core.sourcing.record import Parsed

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STREET = ("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix")
_FACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "bedrooms": ("BedroomsTotal", whole),
    "bathrooms": ("BathroomsTotalInteger", whole),
    "living_area_sqft": ("LivingArea", number),
    "lot_sqft": ("LotSizeSquareFeet", number),
    "year_built": ("YearBuilt", whole),
    "days_on_market": ("DaysOnMarket", whole),
    "property_type": ("PropertyType", text),
    "property_subtype": ("PropertySubType", text),
    "mls_status": ("MlsStatus", text),
    "county": ("CountyOrParish", text),
    "listing_id": ("ListingId", text),
    "list_office": ("ListOfficeName", text),
    "mls": ("OriginatingSystemName", text),
    "original_list_price_cents": ("OriginalListPrice", cents),
}


def status_of(value: dict[str, Any]) -> str | None:
    """``ActiveUnderContract`` and ``Active Under Contract`` are one status."""
    found = text(value.get("StandardStatus"))
    return _WORDS.sub(" ", found) if found else None


def is_gone(value: dict[str, Any], settings: ResoSettings) -> bool:
    """True when it may no longer be shown or used, or is off the market."""
    if value.get("MlgCanView") is False:
        return True
    allowed = value.get("MlgCanUse")
    if settings.uses and isinstance(allowed, list) and not set(settings.uses) & {str(use) for use in allowed}:
        return True
    status = status_of(value)
    return status is not None and status not in settings.on_market


def parse_property(value: dict[str, Any]) -> Parsed:
    """The agent's contact, the address and the facts; raises ``Unreadable`` for a record without a key."""
    if id_text(value.get("ListingKey")) is None:
        raise Unreadable("record.key", "The listing has no ListingKey.", fields={"ListingKey": "This is missing."})
    found = {name: read(value.get(field)) for name, (field, read) in _FACTS.items()}
    facts = {name: fact for name, fact in found.items() if fact is not None}
    return Parsed(
        holder="agent",
        name=text(value.get("ListAgentFullName")),
        email=text(value.get("ListAgentEmail")),
        phone=text(value.get("ListAgentPreferredPhone")),
        street=_street(value),
        unit=text(value.get("UnitNumber")),
        city=text(value.get("City")),
        state=text(value.get("StateOrProvince")),
        zip=text(value.get("PostalCode")),
        lat=number(value.get("Latitude")),
        lon=number(value.get("Longitude")),
        text=text(value.get("PublicRemarks")),
        price_cents=cents(value.get("ListPrice")),
        at=moment(value.get("ModificationTimestamp")),
        facts=facts | ({"status": status} if (status := status_of(value)) else {}),
    )


def _street(value: dict[str, Any]) -> str | None:
    parts = [part for name in _STREET if (part := text(value.get(name)))]
    return " ".join(parts) if text(value.get("StreetName")) else text(value.get("UnparsedAddress"))
