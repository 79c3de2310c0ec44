"""A filter while it is being edited: groups and rules as rows with ids of their own, and back to rules (SPEC 4.4)."""

from datetime import date
from typing import Any
from uuid import uuid4

from core.kit.db import Json
from core.providers import FilterField
from dashboard.provider.filter_values import first_value

Draft = dict[str, Any]
GROUPS = {"all": "All of these", "any": "At least one of these", "not": "None of these"}
DEEPEST = 3


def opened(rules: Json) -> Draft:
    """Stored rules as rows; “none of these” is kept as ``not`` of one row, or of ``any`` of several."""
    kind = next(iter(rules))
    members = rules[kind]
    if kind == "not":
        members = rules["not"]["any"] if "any" in rules["not"] else [rules["not"]]
    items = [_row(member) if "field" in member else opened(member) for member in members]
    return {"uid": _uid(), "kind": kind, "items": items}


def rules_of(group: Draft) -> Json:
    """The rows as rules; groups without a rule are left out."""
    members = [rule for item in group["items"] if (rule := _rules(item)) is not None]
    if not members:
        return {"all": []}
    if group["kind"] == "not":
        while len(members) == 1 and "any" in members[0]:  # none of “at least one of these” is none of these
            members = members[0]["any"]
        return {"not": members[0] if len(members) == 1 else {"any": members}}
    return {group["kind"]: members}


def count(group: Draft) -> int:
    """How many rules there are in all."""
    return sum(count(item) if is_group(item) else 1 for item in group["items"])


def inner_depth(group: Draft, depth: int) -> int:
    """At which depth a group inside this one would lie: “none of” several takes two."""
    return depth + (2 if group["kind"] == "not" and len(group["items"]) > 1 else 1)


def kinds(group: Draft, depth: int) -> list[str]:
    """How the rows of a group at this depth may join: “none of” several has no room at the bottom."""
    roomy = depth < DEEPEST or len(group["items"]) < 2 or group["kind"] == "not"
    return [kind for kind in GROUPS if kind != "not" or roomy]


def add_rule(group: Draft, field: FilterField) -> None:
    """A row that asks for the field's first comparison."""
    operator = field.operators[0]
    group["items"].append({"uid": _uid(), "field": field.key, "operator": operator, "value": first_value(field, operator)})


def add_group(group: Draft, field: FilterField) -> None:
    """A group with one row."""
    inner: Draft = {"uid": _uid(), "kind": "any" if group["kind"] == "all" else "all", "items": []}
    add_rule(inner, field)
    group["items"].append(inner)


def drop(group: Draft, item: Draft) -> None:
    """Take a row or a group out; a second press finds nothing more to take."""
    group["items"] = [kept for kept in group["items"] if kept["uid"] != item["uid"]]


def is_group(item: Draft) -> bool:
    """Whether the row is a group of rows."""
    return "items" in item


def editable(rule: Draft, field: FilterField | None) -> bool:
    """Whether the widgets can show the rule as it is; one that a new form broke would be changed by them unasked."""
    if field is None or rule["operator"] not in field.operators:
        return False
    if rule["operator"] == "exists":
        return isinstance(rule["value"], bool)
    value = rule["value"]
    values = value if rule["operator"] in ("in", "not_in", "between") else [value]
    if not isinstance(values, list) or (rule["operator"] == "between" and len(values) != 2):
        return False
    return all(_showable(field, rule["operator"], one) for one in values)


def _showable(field: FilterField, operator: str, value: Any) -> bool:
    if operator == "within_days" or (field.type == "number" and operator not in ("in", "not_in")):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if field.options:
        return value in field.options
    if field.type == "checkbox":
        return isinstance(value, bool)
    if field.type == "date":
        return _is_day(value)
    return isinstance(value, str | int | float)


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _row(rule: Json) -> Draft:
    return {"uid": _uid()} | rule


def _rules(item: Draft) -> Json | None:
    if is_group(item):
        return rules_of(item) if count(item) else None
    return {name: item[name] for name in ("field", "operator", "value")}


def _uid() -> str:
    return uuid4().hex[:8]
