"""What filters see of a lead: one flat JSON object, made at intake and kept in ``lead.facts`` (SPEC 4.4).

Besides the answers and the standard facts below it holds twins, written for filters alone: ``<key>__text`` is
a text in the form that comparisons use (``comparable``), ``<key>__day`` a date as days since 1 January 1970,
``submitted_day`` likewise. ``quality`` and ``fraud`` are added when the lead has been scored.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from core.kit.db import Json

# Facts of every lead, whatever its niche, by the type that decides their filter operators.
STANDARD_FACTS: dict[str, str] = {
    "zip": "text",
    "city": "text",
    "county": "text",
    "state": "text",
    "market": "text",
    "quality": "number",
    "fraud": "number",
    "source": "text",
    "submitted_on": "date",
    # Read out of the request's own words, when it has any (core/sourcing/enrichment).
    "stated_intent": "select",
    "stated_urgency": "select",
    "stated_budget": "number",
}
TEXT_TWIN = "__text"
DAY_TWIN = "__day"
EPOCH_DAY = date(1970, 1, 1).toordinal()
CONTACT_TYPES = ("email", "phone")  # their values are contact data: a fact only tells that they were given
TEXT_TYPES = ("text", "textarea")


def facts_of(
    schema: Json,
    form_data: Mapping[str, Any],
    *,
    zip: str,
    city: str,
    county: str,
    state: str,
    market_slug: str,
    submitted_on: date,
    source: str,
) -> Json:
    """The facts of a lead from its cleaned form data and place; ``submitted_on`` is a day in the market's zone."""
    facts: Json = {}
    for field in schema["fields"]:
        if (answer := form_data.get(field["key"])) is not None:
            facts |= _answer(field["key"], field["type"], answer)
    facts |= _around(zip, city, county, state, market_slug, source)
    return facts | {"submitted_on": _day_of(submitted_on).isoformat(), "submitted_day": day_number(submitted_on)}


@lru_cache(maxsize=4096)  # there are as many places as ZIPs
def _around(zip: str, city: str, county: str, state: str, market: str, source: str) -> Json:
    facts: Json = {}
    for key, value in {"zip": zip, "city": city, "county": county, "state": state, "market": market, "source": source}.items():
        facts |= _answer(key, "text", value)
    return facts


def comparable(text: str) -> str:
    """A text as comparisons see it: runs of white space are one blank, letter case does not matter."""
    return " ".join(text.split()).casefold()


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return _day_of(day).toordinal() - EPOCH_DAY


def _answer(key: str, kind: str, value: Any) -> Json:
    """The facts that one answer gives; none when nothing was answered."""
    if value is None or value == "" or value == []:
        return {}
    if kind in CONTACT_TYPES:
        return {key: True}
    if kind in TEXT_TYPES and isinstance(value, str):
        return {key: value, key + TEXT_TWIN: comparable(value)}
    if kind == "date":
        day = value if isinstance(value, date) else date.fromisoformat(value)
        return {key: _day_of(day).isoformat(), key + DAY_TWIN: day_number(day)}
    return {key: value}


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
