"""Which findings become facts that filters see: where the niche's form asks the same, or by a fixed list (SPEC 8.5, 2.1).

A person's own answer always stands. No other name can become a fact, whatever a service answers.
"""

from collections.abc import Mapping
from typing import Any

from core.kit.db import Json
from core.niches import protected_class
from core.sourcing.enrichment.answer import Enriched, PropertyType

# Facts of every niche; they stand in the list of standard facts.
STATED = {"stated_intent": "intent", "stated_urgency": "urgency", "stated_budget": "budget_dollars"}
_NOTHING = ("other", "unknown", None)

# By the key of a form's question: the finding that answers it.
_NUMBERS = {
    "bedrooms": "bedrooms",
    "bathrooms": "bathrooms",
    "living_area_sqft": "living_area_sqft",
    "building_sqft": "living_area_sqft",
    "lot_sqft": "lot_sqft",
    "year_built": "year_built",
    "roof_age": "roof_age_years",
}
_BUDGETS = ("budget_max", "price_expectation")
# A form's own words for a kind of property begin so.
_KINDS: dict[PropertyType, tuple[str, ...]] = {
    "house": ("single-family", "house"),
    "townhouse": ("townhouse",),
    "condo": ("condo",),
    "multi_family": ("duplex", "multi-family"),
    "manufactured": ("manufactured",),
    "land": ("land",),
    "commercial": ("commercial",),
}


def facts_of(answer: Enriched, *, schema: Json, form_data: Mapping[str, Any]) -> Json:
    """The facts that a finding gives a lead of this form."""
    found = {key: value for key, name in STATED.items() if (value := getattr(answer, name)) not in _NOTHING}
    for field in schema["fields"]:
        key = field["key"]
        unanswered = form_data.get(key) in (None, "", [])
        if unanswered and protected_class(key) is None:
            value = _answer(answer, field)
            found |= {} if value is None else {key: value}
    return found


def _answer(answer: Enriched, field: Json) -> Any:
    """What the form would have taken as the answer, ``None`` when the finding has nothing that fits."""
    key, kind = field["key"], field["type"]
    if kind == "number" and (key in _BUDGETS or key in _NUMBERS):
        value = answer.budget_dollars if key in _BUDGETS else getattr(answer.property, _NUMBERS[key])
        return value if value is not None and _within(field.get("validation") or {}, value) else None
    if key == "property_type" and kind in ("select", "radio") and answer.property.property_type:
        begins = _KINDS[answer.property.property_type]
        return next((option for option in field["options"] if option.casefold().startswith(begins)), None)
    return None


def _within(limits: Mapping[str, Any], value: float) -> bool:
    whole = not limits.get("integer") or float(value).is_integer()
    return whole and limits.get("min", value) <= value <= limits.get("max", value)
