"""Is this filter one we can keep? Grammar, limits, fields, operators and values, each error by its path (SPEC 4.4)."""

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from core.kit.db import Json
from core.niches import STANDARD_FACTS, TEXT_TYPES, protected_class, refusal
from core.providers.errors import InvalidFilter
from core.providers.filters.fields import FilterField, filter_fields

GROUPS = ("all", "any", "not")
MAX_DEPTH, MAX_RULES = 3, 20
MAX_TEXT, MAX_CHOICES, MAX_NUMBER, MAX_DAYS = 200, 50, 1_000_000_000_000, 3650


def check_filter(rules: object, schema: Json) -> Json:
    """The rules in their kept form, or ``InvalidFilter`` naming every path that is wrong (SPEC 4.4).

    A tree of ``{"all": [...]}``, ``{"any": [...]}``, ``{"not": node}`` and ``{"field", "operator", "value"}``,
    at most 3 groups deep, at most 20 rules. ``{"all": []}`` wants every lead.
    """
    if rules == {"all": []}:
        return {"all": []}
    reader = _Reader(filter_fields(schema))
    kept = reader.node(rules, "", depth=1)
    if reader.rules > MAX_RULES:
        reader.problems = {"": f"A filter may have at most {MAX_RULES} rules; this one has {reader.rules}."}
    if reader.problems:
        raise InvalidFilter({path or "filter": sentence for path, sentence in reader.problems.items()})
    return kept if next(iter(kept)) in GROUPS else {"all": [kept]}


class _Reader:
    """Walks the tree once, keeping the clean copy and the problems met."""

    def __init__(self, fields: dict[str, FilterField]) -> None:
        self.fields = fields
        self.problems: dict[str, str] = {}
        self.rules = 0

    def node(self, node: object, path: str, *, depth: int) -> Json:
        if not isinstance(node, dict):
            return self.wrong(path, "A rule is an object with a field, an operator and a value, or a group.")
        if "field" in node or "operator" in node:
            return self.rule(node, path)
        if len(node) != 1 or (kind := next(iter(node))) not in GROUPS:
            return self.wrong(path, "A group has exactly one of the keys all, any, not.")
        if depth > MAX_DEPTH:
            return self.wrong(path, f"Groups may lie at most {MAX_DEPTH} deep.")
        inside = _at(path, str(kind))
        if kind == "not":
            return {"not": self.node(node["not"], inside, depth=depth + 1)}
        members = node[kind]
        if not isinstance(members, list) or not members:
            return self.wrong(inside, "A group needs at least one rule.")
        # A hostile list is not walked to its end: the count alone refuses it.
        return {kind: [self.node(member, f"{inside}[{i}]", depth=depth + 1) for i, member in enumerate(members[: MAX_RULES + 1])]}

    def rule(self, rule: Json, path: str) -> Json:
        self.rules += 1
        if not set(rule) <= {"field", "operator", "value"}:
            return self.wrong(path, "A rule has a field, an operator and a value, nothing else.")
        field = self.fields.get(rule["field"]) if isinstance(rule.get("field"), str) else None
        if field is None:
            return self.wrong(_at(path, "field"), "The form has no such field. Choose one of the form's fields.")
        # A form published before its word was known to stand for a protected class (SPEC 2.1).
        if kind := protected_class(field.key.replace("_", " ")) or protected_class(field.label):
            return self.wrong(_at(path, "field"), refusal(field.label, kind))
        operator = rule.get("operator")
        if operator not in field.operators:
            fitting = ", ".join(field.operators)
            return self.wrong(_at(path, "operator"), f"“{field.label}” can't be compared that way. Fitting operators: {fitting}.")
        try:
            return {"field": field.key, "operator": operator, "value": _value(field, str(operator), rule.get("value"))}
        except ValueError as error:
            return self.wrong(_at(path, "value"), f"{field.label}: {error}")

    def wrong(self, path: str, sentence: str) -> Json:
        self.problems.setdefault(path, sentence)
        return {"all": []}


def _at(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _value(field: FilterField, operator: str, value: object) -> Any:
    """The value in its kept form; raises ``ValueError`` with the rest of a sentence."""
    if operator == "exists":
        return _flag(True if value is None else value)
    if operator == "within_days":
        return _days(value)
    one = _reader_of(field)
    if field.type in TEXT_TYPES and field.key not in STANDARD_FACTS:
        one = _harmless
    if operator in ("in", "not_in"):
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
            raise ValueError(f"choose between 1 and {MAX_CHOICES} values.")
        return list(dict.fromkeys(one(member) for member in value))
    if operator == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError("enter the lowest and the highest value.")
        low, high = one(value[0]), one(value[1])
        if low > high:
            raise ValueError("the lowest value is above the highest.")
        return [low, high]
    return one(value)


def _reader_of(field: FilterField) -> Callable[[object], Any]:
    if field.options:
        return lambda value: _option(field, value)
    return {"number": _number, "date": _date, "checkbox": _flag}.get(field.type, _text)


def _option(field: FilterField, value: object) -> str:
    if not isinstance(value, str) or value not in field.options:
        raise ValueError(f"choose one of {', '.join(field.options)}.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise ValueError(f"enter a text of 1 to {MAX_TEXT} characters.")
    kept = value.strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in kept):
        raise ValueError("the text holds a control character; type it again.")
    return kept


def _harmless(value: object) -> str:
    """A text that picks nobody by a protected class (SPEC 2.1)."""
    kept = _text(value)
    if kind := protected_class(kept):
        raise ValueError(refusal(kept, kind))
    return kept


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        raise ValueError("enter a number.")
    if value != round(value, 6):
        raise ValueError("enter a number with at most 6 decimals.")
    return value


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_DAYS:
        raise ValueError(f"enter a number of days between 0 and {MAX_DAYS}.")
    return value


def _date(value: object) -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise ValueError("enter a date such as 2026-11-04.") from None


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("choose yes or no.")
    return value
