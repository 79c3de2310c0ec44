"""A filter as PostgreSQL reads it: one jsonpath predicate, evaluated as ``lead.facts @@ filter_compiled``.

Every rule becomes ``exists(...)``, which is true or false and never unknown: a missing answer, a null or an
answer of another type is simply not matched, and ``not`` is its plain opposite. ``explain`` says the same in
Python; a property test holds the two together (docs/adr/0004-filters-as-jsonpath.md).
"""

import json
from decimal import Decimal
from typing import Any

from core.kit.db import Json
from core.niches import DAY_TWIN, TEXT_TWIN, comparable


def compile_filter(rules: Json) -> str:
    """The jsonpath predicate of checked rules (SPEC 4.4); ``{"all": []}`` is true of every lead."""
    match rules:
        case {"all": members}:
            return "(" + " && ".join(map(compile_filter, members)) + ")" if members else "(1 == 1)"
        case {"any": members}:
            return "(" + " || ".join(map(compile_filter, members)) + ")" if members else "(1 == 0)"
        case {"not": member}:
            return f"!({compile_filter(member)})"
    return _rule(rules["field"], rules["operator"], rules["value"])


def _rule(field: str, operator: str, value: Any) -> str:
    match operator:
        case "eq":
            return f"exists($ ? ({_equals(field, value)}))"
        case "neq":
            return f"!({_rule(field, 'eq', value)})"
        case "in":
            return f"exists($ ? ({' || '.join(_equals(field, member) for member in value)}))"
        case "not_in":
            return f"!({_rule(field, 'in', value)})"
        case "contains":
            # Flag q takes the pattern as it stands: no character of it means anything.
            similar = f'{_twin(field)} like_regex {_literal(comparable(value))} flag "q"'
            return f"exists($ ? ({_item(field)} == {_literal(value)} || {similar}))"
        case "starts_with":
            similar = f"{_twin(field)} starts with {_literal(comparable(value))}"
            return f"exists($ ? ({_item(field)} starts with {_literal(value)} || {similar}))"
        case "gte" | "lte" | "before" | "after":
            sign = {"gte": ">=", "lte": "<=", "before": "<", "after": ">"}[operator]
            return f"exists($.{_quoted(field)} ? (@ {sign} {_literal(value)}))"
        case "between":
            return f"exists($.{_quoted(field)} ? (@ >= {_literal(value[0])} && @ <= {_literal(value[1])}))"
        case "within_days":
            day = f"@.{_quoted(field + DAY_TWIN)}"
            return f'exists($ ? ({day} - @."submitted_day" <= {value} && @."submitted_day" - {day} <= {value}))'
        case "exists":
            answered = f"exists($.{_quoted(field)} ? (@ != null))"
            return answered if value else f"!({answered})"
    raise ValueError(f"unknown operator {operator!r}")


def _equals(field: str, value: Any) -> str:
    """The answer is the value; of texts, letter case and runs of blanks don't matter."""
    exact = f"{_item(field)} == {_literal(value)}"
    return f"{exact} || {_twin(field)} == {_literal(comparable(value))}" if isinstance(value, str) else exact


def _item(field: str) -> str:
    return f"@.{_quoted(field)}"


def _twin(field: str) -> str:
    return f"@.{_quoted(field + TEXT_TWIN)}"


def _quoted(key: str) -> str:
    return json.dumps(key)


def _literal(value: Any) -> str:
    """A jsonpath literal: strings by JSON's escapes (all ASCII), numbers without an exponent."""
    if isinstance(value, bool | str):
        return json.dumps(value)
    return format(Decimal(str(value)), "f")
