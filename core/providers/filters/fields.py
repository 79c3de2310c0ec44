"""The fields a filter may name, and the operators that fit each type: the table of SPEC 4.4."""

from dataclasses import dataclass

from core.kit.db import Json
from core.niches import STANDARD_FACTS

# The one table: which operator fits which type of field.
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("eq", "neq", "in", "not_in", "contains", "starts_with", "exists"),
    "textarea": ("contains", "exists"),
    "number": ("eq", "neq", "in", "not_in", "gte", "lte", "between", "exists"),
    "email": ("exists",),
    "phone": ("exists",),
    "select": ("eq", "neq", "in", "not_in", "exists"),
    "radio": ("eq", "neq", "in", "not_in", "exists"),
    "multiselect": ("contains", "in", "not_in", "exists"),
    "checkbox": ("eq", "neq", "exists"),
    "date": ("eq", "before", "after", "between", "within_days", "exists"),
}
STANDARD_LABELS = {
    "zip": "ZIP",
    "city": "City",
    "county": "County",
    "state": "State",
    "market": "Market",
    "quality": "Quality score",
    "fraud": "Fraud score",
    "source": "Source",
    "submitted_on": "Day of the request",
    "stated_intent": "Wants to (read from the text)",
    "stated_urgency": "How soon (read from the text)",
    "stated_budget": "Budget in dollars (read from the text)",
}
# Standard facts that have one of a few values.
STANDARD_OPTIONS = {
    "source": ("form", "api", "partner", "connector"),
    "stated_intent": ("sell", "buy", "repair", "replace", "install", "maintain", "estimate"),
    "stated_urgency": ("now", "weeks", "months", "later"),
}


@dataclass(frozen=True, slots=True)
class FilterField:
    """One field of a lead that rules may name: its label for people, its type, and what fits it."""

    key: str
    label: str
    type: str
    operators: tuple[str, ...]
    options: tuple[str, ...] = ()


def filter_fields(schema: Json) -> dict[str, FilterField]:
    """Every field that a filter of this form may name, by key: the form's own, then the standard facts."""
    return {field.key: field for field in [*map(_of_form, schema["fields"]), *map(_standard, STANDARD_FACTS)]}


def _of_form(field: Json) -> FilterField:
    return FilterField(
        key=field["key"],
        label=field["label"],
        type=field["type"],
        operators=OPERATORS[field["type"]],
        options=tuple(field.get("options") or ()),
    )


def _standard(key: str) -> FilterField:
    if key in STANDARD_OPTIONS:
        return FilterField(key, STANDARD_LABELS[key], "select", OPERATORS["select"], STANDARD_OPTIONS[key])
    kind = STANDARD_FACTS[key]
    # The day of the request lies zero days from itself: no use in asking.
    fitting = tuple(name for name in OPERATORS[kind] if (key, name) != ("submitted_on", "within_days"))
    return FilterField(key, STANDARD_LABELS[key], kind, fitting)
