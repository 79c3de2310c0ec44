"""From a lead to the fields a receiver wants: four kinds of receiver, each with a template that its owner may change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from core.delivery.errors import EndpointInvalid
from core.kit.db import Json

Kind = Literal["json", "form", "hubspot", "salesforce"]
MOST_FIELDS, LONGEST_TEXT = 100, 300

# What a field can be filled with. ``form.<key>`` is the answer to one question; ``=text`` is that text itself.
SOURCES = {
    "contact.name": "Full name", "contact.first_name": "First name", "contact.last_name": "Last name",
    "contact.email": "E-mail", "contact.phone": "Phone", "contact.street": "Street", "contact.unit": "Unit",
    "contact.city": "City", "contact.state": "State", "contact.zip": "ZIP",
    "lead.id": "Lead id", "lead.niche": "Niche", "lead.market": "Market", "lead.price": "Price in USD", "lead.level": "Level",
    "lead.channel": "Channel", "lead.submitted_at": "Sent at", "lead.assigned_at": "Received at",
    "lead.answers": "All answers as text", "lead.link": "Link to the lead", "event": "Event",
}  # fmt: skip
_CONTACT = {name: f"contact.{name}" for name in ("first_name", "last_name", "email", "phone", "city", "state", "zip")}


@dataclass(frozen=True, slots=True)
class Receiver:
    """One kind of receiver: what it is called, which fields it takes unless told otherwise, where it usually lives."""

    title: str
    fields: Mapping[str, str]
    url: str
    wants: str  # what its owner has to enter besides the address


KINDS: dict[Kind, Receiver] = {
    "json": Receiver("JSON", {}, "", "Nothing: the whole lead is sent as it is. With fields of your own only those are sent."),
    "form": Receiver(
        "Form post", _CONTACT | {"street": "contact.street", "lead_id": "lead.id", "niche": "lead.niche"}, "",
        "Your own field names.",
    ),
    "hubspot": Receiver(
        "HubSpot contact",
        {"firstname": "contact.first_name", "lastname": "contact.last_name", "email": "contact.email", "phone": "contact.phone",
         "address": "contact.street", "city": "contact.city", "state": "contact.state", "zip": "contact.zip",
         "lifecyclestage": "=lead", "message": "lead.answers"},
        "https://api.hubapi.com/crm/v3/objects/contacts", "A private app's access token, as: Bearer <token>",
    ),
    "salesforce": Receiver(
        "Salesforce web-to-lead",
        {"oid": "=", **_CONTACT, "street": "contact.street", "description": "lead.answers", "lead_source": "=Hotleads",
         "company": "=[not provided]"},
        "https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8",
        "Your organisation's id in the field oid, as: =00D…",
    ),
}  # fmt: skip


def check_kind(kind: str) -> Kind:
    """The kind; raises ``EndpointInvalid``."""
    if kind not in get_args(Kind):
        raise EndpointInvalid("kind", f"Choose one of: {', '.join(get_args(Kind))}.")
    return kind  # type: ignore[return-value]


def check_mapping(mapping: Any) -> dict[str, str]:
    """Target fields and where their values come from; raises ``EndpointInvalid`` naming the one that is wrong."""
    if not isinstance(mapping, Mapping) or len(mapping) > MOST_FIELDS:
        raise EndpointInvalid("mapping", f"Name at most {MOST_FIELDS} fields, each with what fills it.")
    for target, source in mapping.items():
        if not isinstance(target, str) or not 1 <= len(target) <= 120 or not target.isprintable():
            raise EndpointInvalid("mapping", "A field's name has 1 to 120 characters.")
        if not isinstance(source, str) or len(source) > LONGEST_TEXT or not _known(source):
            raise EndpointInvalid("mapping", f"{target} is filled with nothing we know. Choose a source, or write =text.")
    return dict(mapping)


def body_of(kind: Kind, mapping: Mapping[str, str], document: Json) -> tuple[bytes, str]:
    """The body of a call and its content type."""
    fields = mapping or KINDS[kind].fields
    if kind == "json" and not fields:
        return _json(document), "application/json"
    values = {target: _filled(source, document) for target, source in fields.items()}
    if kind == "hubspot":
        return _json({"properties": values}), "application/json"
    if kind == "json":
        return _json(values), "application/json"
    return urlencode(values).encode(), "application/x-www-form-urlencoded"


def preview(kind: str, mapping: Mapping[str, str], document: Json) -> str:
    """What would be sent, for the editor; raises ``EndpointInvalid``."""
    return body_of(check_kind(kind), check_mapping(mapping), document)[0].decode()


def _known(source: str) -> bool:
    return source.startswith("=") or source in SOURCES or (source.startswith("form.") and len(source) > 5)


def _filled(source: str, document: Json) -> str:
    if source.startswith("="):
        return source[1:]
    found: Any = document
    for step in source.split(".", 1):
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        return "; ".join(map(str, found))
    return "" if found is None else str(found)


def _json(value: Any) -> bytes:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")).encode()
