"""Filters as rows and back: whatever can be kept can be edited, and nothing changes by being opened (SPEC 4.4)."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from core.providers import check_filter, filter_fields
from dashboard.provider import filter_draft
from tests.builders import SCHEMA

RULES = [
    {"field": "property_type", "operator": "in", "value": ["house", "condo"]},
    {"field": "bedrooms", "operator": "between", "value": [2, 4]},
    {"field": "submitted_on", "operator": "after", "value": "2026-11-01"},
    {"field": "details", "operator": "exists", "value": False},
    {"field": "zip", "operator": "starts_with", "value": "89"},
]
rules = st.sampled_from(RULES)


def groups(members: Any) -> Any:
    several = st.lists(members, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda kind, inner: {kind: inner}, st.sampled_from(["all", "any"]), several),
        st.builds(lambda inner: {"not": inner}, members),
    )


trees = st.one_of(groups(rules), groups(st.one_of(rules, groups(rules))), groups(groups(groups(rules))))


def same(rules: Any) -> Any:
    """Without what says nothing: ``not`` of an ``any`` of one is ``not`` of that one."""
    if "field" in rules:
        return rules
    if "not" in rules:
        only = rules["not"]
        while "any" in only and len(only["any"]) == 1:
            only = only["any"][0]
        return {"not": same(only)}
    kind = next(iter(rules))
    return {kind: [same(member) for member in rules[kind]]}


@given(tree=trees)
@example(tree={"not": {"any": [{"any": [RULES[0]]}]}})
@example(tree={"not": {"any": [{"any": RULES[:2]}]}})
def test_opening_and_closing_changes_nothing(tree: dict[str, Any]) -> None:
    kept = check_filter(tree, SCHEMA)
    draft = filter_draft.opened(kept)
    assert filter_draft.rules_of(draft) == same(kept)
    assert check_filter(filter_draft.rules_of(draft), SCHEMA)
    assert filter_draft.rules_of(filter_draft.opened(filter_draft.rules_of(draft))) == filter_draft.rules_of(draft)


@given(tree=trees)
def test_every_rule_that_fits_can_be_shown_by_the_widgets(tree: dict[str, Any]) -> None:
    fields = filter_fields(SCHEMA)

    def walk(group: dict[str, Any]) -> None:
        for item in group["items"]:
            if filter_draft.is_group(item):
                walk(item)
            else:
                assert filter_draft.editable(item, fields[item["field"]])

    walk(filter_draft.opened(tree))


def test_what_a_new_form_broke_is_not_shown_as_something_else() -> None:
    fields = filter_fields(SCHEMA)
    for rule in (
        {"field": "bedrooms", "operator": "contains", "value": "4"},  # it was a text once
        {"field": "bedrooms", "operator": "gte", "value": "four"},
        {"field": "bedrooms", "operator": "between", "value": [1]},
        {"field": "property_type", "operator": "in", "value": ["castle"]},
        {"field": "property_type", "operator": "eq", "value": 3},
        {"field": "submitted_on", "operator": "after", "value": "soon"},
        {"field": "details", "operator": "exists", "value": "yes"},
    ):
        assert not filter_draft.editable(rule, fields[rule["field"]]), rule
    assert not filter_draft.editable({"field": "gone", "operator": "eq", "value": 1}, None)


def test_rows_come_and_go() -> None:
    fields = filter_fields(SCHEMA)
    draft = filter_draft.opened({"all": []})
    filter_draft.add_rule(draft, fields["bedrooms"])
    filter_draft.add_group(draft, fields["property_type"])
    first, inner = draft["items"]
    assert (filter_draft.count(draft), inner["kind"]) == (2, "any")
    assert filter_draft.rules_of(draft) == {
        "all": [
            {"field": "bedrooms", "operator": "eq", "value": 0},
            {"any": [{"field": "property_type", "operator": "eq", "value": "house"}]},
        ]
    }
    filter_draft.drop(inner, inner["items"][0])
    assert filter_draft.rules_of(draft) == {"all": [{"field": "bedrooms", "operator": "eq", "value": 0}]}
    for _ in range(2):
        filter_draft.drop(draft, first)
    assert filter_draft.rules_of(draft) == {"all": []}


def test_there_is_room_for_three_levels_and_no_more() -> None:
    def depth_inside(kind: str, rows: int, depth: int) -> int:
        return filter_draft.inner_depth({"kind": kind, "items": [{}] * rows}, depth)

    assert [depth_inside("all", 3, 1), depth_inside("not", 1, 1), depth_inside("not", 2, 1)] == [2, 2, 3]
    many, one = {"kind": "all", "items": [{}, {}]}, {"kind": "all", "items": [{}]}
    assert filter_draft.kinds(many, 3) == ["all", "any"], "none of several would lie four deep"
    assert filter_draft.kinds(one, 3) == filter_draft.kinds(many, 2) == ["all", "any", "not"]
