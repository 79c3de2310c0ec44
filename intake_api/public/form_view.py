"""A niche's form as a page shows it, and a posted form as a submission (SPEC 2.3)."""

from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from core.kit.db import Json
from core.leads import Submission

PREFIX = "f."
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "fbclid", "referrer")
KEYBOARDS = {"number": "decimal", "phone": "tel", "email": "email"}
# Errors name a field of the submission; on the page it is this element, called this. In the page's order.
PLACES = {
    "address.street": ("street", "Street and number"),
    "address.unit": ("unit", "Apartment or unit"),
    "address.city": ("city", "City"),
    "zip": ("zip", "ZIP code"),
    "point": ("lat", "Exact point"),
    "point.lat": ("lat", "Latitude"),
    "point.lon": ("lon", "Longitude"),
    "contact.name": ("name", "Your name"),
    "contact.email": ("email", "E-mail"),
    "contact.phone": ("phone", "Phone"),
    "website": ("website", "Hidden field"),
    "consent.agreed": ("consent", "Agreement"),
    "consent.version": ("consent", "Agreement"),
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One question, ready for the template."""

    name: str
    id: str
    label: str
    type: str
    required: bool
    options: tuple[str, ...]
    help: str
    placeholder: str
    keyboard: str
    limits: Json
    values: tuple[str, ...]
    error: str | None


def fields_of(schema: Json, posted: MultiDict[str, str], errors: dict[str, str]) -> list[FormField]:
    """The schema's questions with what was answered so far and what is wrong with it."""
    return [
        FormField(
            name=PREFIX + field["key"],
            id=f"q-{field['key']}",
            label=field["label"],
            type=field["type"],
            required=bool(field.get("required")),
            options=tuple(field.get("options") or ()),
            help=field.get("help") or "",
            placeholder=field.get("placeholder") or "",
            keyboard=KEYBOARDS.get(field["type"], "text"),
            limits=field.get("validation") or {},
            values=tuple(posted.getlist(PREFIX + field["key"])),
            error=errors.get(f"form_data.{field['key']}"),
        )
        for field in schema["fields"]
    ]


def submission_of(niche_slug: str, schema: Json, posted: MultiDict[str, str]) -> Submission:
    """What the page's form says, in the shape that every other sender uses."""
    kinds = {field["key"]: field["type"] for field in schema["fields"]}
    answers: Json = {key: _answer(kind, posted.getlist(PREFIX + key)) for key, kind in kinds.items() if PREFIX + key in posted}
    pin = {"lat": _degrees(posted.get("lat")), "lon": _degrees(posted.get("lon"))}
    home = {part: posted.get(part) or None for part in ("street", "unit", "city")}
    return Submission(
        niche=niche_slug,
        contact={part: posted.get(part, "") for part in ("name", "email", "phone")},
        address=home if any(home.values()) else None,
        zip=posted.get("zip", ""),
        point=pin if any(value is not None for value in pin.values()) else None,
        form_data=answers,
        consent={
            "agreed": posted.get("consent") == "yes",
            "version": posted.get("consent_version", ""),
            "page_url": request.base_url,
        },
        attribution={key: posted.get(key, "")[:500] for key in UTM if posted.get(key)},
        source="form",
    )


@dataclass(frozen=True, slots=True)
class PageError:
    """What is wrong with one element of the page."""

    id: str
    label: str
    text: str


def page_errors(schema: Json, errors: dict[str, str]) -> list[PageError]:
    """What is wrong, in the page's order; what belongs to no element comes first."""
    places = {f"form_data.{field['key']}": (f"q-{field['key']}", field["label"]) for field in schema["fields"]} | PLACES
    general = [PageError("", "", why) for name, why in errors.items() if name not in places]
    return general + [PageError(*place, errors[name]) for name, place in places.items() if name in errors]


def _answer(kind: str, values: list[str]) -> Any:
    if kind == "multiselect":
        return [value for value in values if value]
    return values[-1]


def _degrees(text: str | None) -> Any:
    """A number where it is one; anything else is left for core to refuse by name."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return text
