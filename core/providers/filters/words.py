"""A filter as a sentence that its owner can check (SPEC 4.7)."""

from datetime import date
from typing import Any

from core.kit.db import Json
from core.providers.filters.fields import STANDARD_LABELS, FilterField, filter_fields

GROUP_WORDS = {"all": "All of these hold", "any": "At least one of these holds", "not": "This does not hold"}


def filter_in_words(rules: Json, schema: Json | None) -> str:
    """One readable sentence, such as “Bedrooms is at least 3 and Property type is house or condo”."""
    if rules == {"all": []}:
        return "Every lead of this niche."
    sentence = _words(rules, schema, outermost=True)
    return f"{sentence[0].upper()}{sentence[1:]}."


def rule_in_words(rule: Json, schema: Json | None) -> str:
    """One rule, such as “Bedrooms is at least 3”."""
    field = _field(rule["field"], schema)
    name = f"“{field.label}”" if field.label.endswith("?") else field.label
    value, operator = rule["value"], rule["operator"]
    match operator:
        case "in" | "not_in":
            names = _list_in_words([_value(field, member) for member in value])
            return f"{name} {'is' if operator == 'in' else 'is not'} {names}"
        case "between":
            return f"{name} is between {_value(field, value[0])} and {_value(field, value[1])}"
        case "within_days":
            return f"{name} is within {value} day{'' if value == 1 else 's'} of the request"
        case "exists":
            return f"{name} was {'answered' if value else 'not answered'}"
        case "contains":
            return f"{name} includes {_value(field, value)}"
    verb = {"eq": "is", "neq": "is not", "starts_with": "starts with", "gte": "is at least", "lte": "is at most"}
    return f"{name} {verb.get(operator) or f'is {operator}'} {_value(field, value)}"


def group_in_words(group: Json) -> str:
    """What a group asks of its members, as a heading over them."""
    return GROUP_WORDS[next(iter(group))]


def _words(node: Json, schema: Json | None, *, outermost: bool = False) -> str:
    if "field" in node:
        return rule_in_words(node, schema)
    if "not" in node:
        return f"not ({_words(node['not'], schema, outermost=True)})"
    kind = next(iter(node))
    joined = (" and " if kind == "all" else " or ").join(_words(member, schema) for member in node[kind])
    return joined if outermost or len(node[kind]) == 1 else f"({joined})"


def _field(key: str, schema: Json | None) -> FilterField:
    """The field by its key; a field that the form no longer has is named by its key."""
    known = filter_fields(schema or {"fields": []}).get(key)
    return known or FilterField(key, STANDARD_LABELS.get(key, key.replace("_", " ").capitalize()), "text", ())


def _value(field: FilterField, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    if field.type == "date":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    return str(value) if value in field.options else f"“{value}”"


def _list_in_words(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
