"""Why, or why not: each rule's verdict on one lead's facts, evaluated here as PostgreSQL would (SPEC 4.5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.kit.db import Json
from core.niches import DAY_TWIN, TEXT_TWIN, comparable
from core.providers.filters.words import group_in_words, rule_in_words


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule or group says of one lead; ``path`` is ``all[0].not`` and the like, empty for the whole filter."""

    path: str
    sentence: str
    value: Any
    passed: bool


def explain_filter(rules: Json, facts: Json, schema: Json | None = None) -> list[RuleVerdict]:
    """The verdict of the whole filter first, then of each group and rule in order (SPEC 4.5).

    ``value`` is the lead's own answer (``None`` when there is none, or for a group); with the form's ``schema``
    the sentences use its labels.
    """
    return [
        RuleVerdict(path, _sentence(node, schema), facts.get(node["field"]) if "field" in node else None, matches(node, facts))
        for path, node in nodes_of(rules)
    ]


def matches(rules: Json, facts: Json) -> bool:
    """Whether checked rules want a lead with these facts: the Python reading of ``compile_filter``."""
    match rules:
        case {"all": members}:
            return all(matches(member, facts) for member in members)
        case {"any": members}:
            return any(matches(member, facts) for member in members)
        case {"not": member}:
            return not matches(member, facts)
    return _rule(rules["field"], rules["operator"], rules["value"], facts)


def _rule(field: str, operator: str, value: Any, facts: Json) -> bool:
    answers, twins = _items(facts, field), _items(facts, field + TEXT_TWIN)
    match operator:
        case "eq":
            return _equals(answers, twins, value)
        case "neq":
            return not _equals(answers, twins, value)
        case "in":
            return any(_equals(answers, twins, member) for member in value)
        case "not_in":
            return not any(_equals(answers, twins, member) for member in value)
        case "contains":
            return value in answers or any(comparable(value) in twin for twin in _texts(twins))
        case "starts_with":
            return _any_starts(answers, value) or _any_starts(twins, comparable(value))
        case "gte" | "lte" | "before" | "after":
            return any(_ORDER[operator](_order(answer), _order(value)) for answer in answers if _comparable_types(answer, value))
        case "between":
            low, high = map(_order, value)
            return any(low <= _order(answer) <= high for answer in answers if _comparable_types(answer, value[0]))
        case "within_days":
            return _within_days(_items(facts, field + DAY_TWIN), _items(facts, "submitted_day"), value)
        case "exists":
            return any(answer is not None for answer in answers) is value
    raise ValueError(f"unknown operator {operator!r}")


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gte": lambda answer, value: answer >= value,
    "lte": lambda answer, value: answer <= value,
    "before": lambda answer, value: answer < value,
    "after": lambda answer, value: answer > value,
}


def _items(facts: Json, key: str) -> list[Any]:
    """The answers under a key: a list's members, one answer, or none (jsonpath's lax mode unwraps likewise)."""
    if key not in facts:
        return []
    value = facts[key]
    return value if isinstance(value, list) else [value]


def _equals(answers: list[Any], twins: list[Any], value: Any) -> bool:
    exact = any(_comparable_types(answer, value) and _order(answer) == _order(value) for answer in answers)
    return exact or (isinstance(value, str) and comparable(value) in _texts(twins))


def _any_starts(answers: list[Any], prefix: str) -> bool:
    return any(answer.startswith(prefix) for answer in _texts(answers))


def _texts(answers: list[Any]) -> list[str]:
    return [answer for answer in answers if isinstance(answer, str)]


def _within_days(days: list[Any], submitted: list[Any], most: int) -> bool:
    if len(days) != 1 or len(submitted) != 1 or not all(map(_is_number, (days[0], submitted[0]))):
        return False
    return bool(abs(_order(days[0]) - _order(submitted[0])) <= most)


def _comparable_types(answer: Any, value: Any) -> bool:
    if isinstance(value, bool) or isinstance(answer, bool):
        return isinstance(answer, bool) and isinstance(value, bool)
    return isinstance(answer, str) if isinstance(value, str) else _is_number(answer)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _order(value: Any) -> Any:
    """Numbers as the decimals they were written as, the way PostgreSQL keeps them."""
    return Decimal(str(value)) if _is_number(value) else value


def nodes_of(rules: Json) -> Iterator[tuple[str, Json]]:
    """Every group and rule with its path, in the order they stand; the whole filter's path is empty."""
    return _nodes(rules, "")


def _nodes(node: Json, path: str) -> Iterator[tuple[str, Json]]:
    yield path, node
    for kind in ("all", "any"):
        for number, member in enumerate(node.get(kind, ())):
            yield from _nodes(member, f"{path}.{kind}[{number}]" if path else f"{kind}[{number}]")
    if "not" in node:
        yield from _nodes(node["not"], f"{path}.not" if path else "not")


def _sentence(node: Json, schema: Json | None) -> str:
    return rule_in_words(node, schema) if "field" in node else group_in_words(node)
