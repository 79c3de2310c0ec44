"""A request before it has a name: what a partner may ask about, read by the same form and the same map (SPEC 2.2, 6.7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import niches
from core.kit import clock
from core.kit.db import Json
from core.leads import grounds, place
from core.leads.errors import SubmissionInvalid
from core.niches import facts_of

# Answers that can't name anybody: chosen, counted or dated. What is written freely is not asked for.
NAMELESS = ("number", "select", "multiselect", "radio", "checkbox", "date")


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What is known of a request without its person: the niche, about where (degrees), answers, and facts as filters see them."""

    niche_id: UUID
    max_providers: int
    zip: str
    lon: float
    lat: float
    timezone: str
    form_data: Json
    facts: Json


def unnamed(session: Session, *, niche: Any, zip: Any, form_data: Any, now: datetime) -> Unnamed:
    """Read it as ``submit`` would; raises ``NicheClosed``, ``OutsideMarkets``, ``SubmissionInvalid`` by field."""
    if not isinstance(niche, str) or not niche:
        raise SubmissionInvalid({"niche": "Name the niche by its id or slug."})
    ground = grounds.niche(session, niche)
    schema = {"fields": [field for field in ground.schema["fields"] if field["type"] in NAMELESS]}
    given = form_data if isinstance(form_data, dict) else {}
    answers, wrong = niches.clean_form(schema, {key: given[key] for key in (f["key"] for f in schema["fields"]) if key in given})
    errors = {f"form_data.{key}": why for key, why in wrong.items()}
    where, unplaced = place.find(session, zip=place.read_zip(zip), pin=None, zip_field="zip")
    if errors or unplaced or where is None:
        raise SubmissionInvalid(errors | unplaced)
    around = where.zip
    facts = facts_of(
        schema, answers, zip=around.zip, city=around.city, county=around.county, state=around.state,
        market_slug=where.market_slug, submitted_on=clock.in_zone(now, around.timezone).date(), source="partner",
    )  # fmt: skip
    return Unnamed(ground.id, ground.max_providers, around.zip, where.lon, where.lat, around.timezone, answers, facts)
