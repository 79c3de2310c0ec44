"""Rules that a form no longer allows: found one by one, and taken out (SPEC 4.5, 4.6)."""

import re
from collections.abc import Set
from dataclasses import dataclass

from core.kit.db import Json
from core.providers.errors import InvalidFilter
from core.providers.filters.check import check_filter
from core.providers.filters.explain import nodes_of
from core.providers.filters.words import group_in_words, rule_in_words

EVERY_LEAD: Json = {"all": []}
_PART_OF_RULE = re.compile(r"[.]?(field|operator|value)$")


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that does not fit the form any more: where it stands, what it said, and why it broke."""

    path: str
    words: str
    problem: str


def broken_rules(rules: Json, schema: Json) -> tuple[BrokenRule, ...]:
    """Every rule that the form of ``schema`` refuses, in the order they stand; a group when it is itself the trouble."""
    try:
        check_filter(rules, schema)
    except InvalidFilter as refused:
        problems: dict[str, str] = {}
        for path, sentence in refused.fields.items():
            problems.setdefault("" if path == "filter" else _PART_OF_RULE.sub("", path), sentence)
        return tuple(BrokenRule(path, _words(node, schema), problems[path]) for path, node in nodes_of(rules) if path in problems)
    return ()


def without_rules(rules: Json, gone: Set[str]) -> Json:
    """The filter without the rules at these paths; groups that lose their last rule go with it."""
    return _kept(rules, "", gone) or dict(EVERY_LEAD)


def _words(node: Json, schema: Json) -> str:
    return rule_in_words(node, schema) if "field" in node else group_in_words(node)


def _kept(node: Json, path: str, gone: Set[str]) -> Json | None:
    if path in gone:
        return None
    if "field" in node:
        return node
    inside = f"{path}." if path else ""
    if "not" in node:
        inner = _kept(node["not"], f"{inside}not", gone)
        return None if inner is None else {"not": inner}
    kind = next(iter(node))
    members = [_kept(member, f"{inside}{kind}[{number}]", gone) for number, member in enumerate(node[kind])]
    left = [member for member in members if member is not None]
    return {kind: left} if left else None
