"""What requests of forms and records of sources have in common when they become rows of a lead: place, facts, words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.kit import clock, crypto
from core.kit.db import Json
from core.leads import place
from core.leads.grounds import NicheGround
from core.leads.place import Place
from core.niches import comparable, facts_of

LONG_TEXT = 40  # characters from which the same words twice are no accident


def of_place(where: Place, lead_id: UUID) -> dict[str, Any]:
    """Where the lead is, and the blurred point that strangers see (SPEC 2.8)."""
    public_lon, public_lat = place.public_point(where, lead_id)
    return {
        "market": where.zip.market_id,
        "zip": where.zip.zip,
        "lon": where.lon,
        "lat": where.lat,
        "location_source": where.source,
        "accuracy_m": where.accuracy_m,
        "public_lon": public_lon,
        "public_lat": public_lat,
    }


def of_form(niche: NicheGround, where: Place, form_data: Json, source: str, now: datetime) -> dict[str, Any]:
    """The answers, the facts that filters ask, and a hash by which copied words are known again (SPEC 10.2)."""
    around = where.zip
    facts = facts_of(
        niche.schema, form_data, zip=around.zip, city=around.city, county=around.county, state=around.state,
        market_slug=where.market_slug, submitted_on=clock.in_zone(now, around.timezone).date(), source=source,
    )  # fmt: skip
    return {"form_data": form_data, "facts": facts, "text_key": _text_key(niche, form_data)}


def _text_key(niche: NicheGround, form_data: Json) -> str | None:
    words = " ".join(str(form_data.get(f["key"], "")) for f in niche.schema["fields"] if f["type"] == "textarea")
    long = comparable(words) if len(words) >= LONG_TEXT else None
    return crypto.keyed_hash(long, purpose="text") if long else None
