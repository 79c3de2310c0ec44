"""An arrival as the values of a lead's rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.kit import words
from core.kit.db import Json
from core.leads import address, identity, row_values
from core.leads.address import Address
from core.leads.arrival import Arrival
from core.leads.grounds import NicheGround
from core.leads.place import Place


def arrival_values(
    arrival: Arrival, niche: NicheGround, where: Place, form_data: Json, lead_id: UUID, now: datetime
) -> dict[str, Any]:
    """The values of ``take_in``\'s statement, by name."""
    home = Address(arrival.street, arrival.unit, arrival.city, arrival.state, arrival.zip, arrival.address_review)
    home = address.completed(home, city=where.zip.city, state=where.zip.state, zip=where.zip.zip)
    return {
        "lead": lead_id,
        "niche": niche.id,
        "version": niche.version,
        "zip_state": where.zip.state,
        **row_values.of_place(where, lead_id),
        **row_values.of_form(niche, where, form_data, "connector", now),
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
