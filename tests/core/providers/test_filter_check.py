"""Which filters are kept, and what is said of those that are not (SPEC 4.4)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.providers import InvalidFilter, check_filter, compile_filter, explain_filter, filter_fields, filter_in_words
from core.providers.filters.fields import OPERATORS

SCHEMA: dict[str, Any] = {
    "fields": [
        {"key": "property_type", "label": "Property type", "type": "select", "options": ["house", "condo"]},
        {"key": "bedrooms", "label": "Bedrooms", "type": "number"},
        {"key": "details", "label": "Details", "type": "textarea"},
        {"key": "extras", "label": "Extras", "type": "multiselect", "options": ["pool", "garage"]},
        {"key": "owner", "label": "Owner", "type": "checkbox"},
        {"key": "move_on", "label": "Moving on", "type": "date"},
        {"key": "alt_mail", "label": "Second e-mail", "type": "email"},
        {"key": "religion", "label": "Church", "type": "text"},
    ]
}
KIND = {"field": "property_type", "operator": "eq", "value": "house"}
EVERY_OPERATOR = (
    "eq",
    "neq",
    "in",
    "not_in",
    "contains",
    "starts_with",
    "gte",
    "lte",
    "between",
    "before",
    "after",
    "within_days",
    "exists",
)


def refused(rules: object) -> dict[str, str]:
    with pytest.raises(InvalidFilter) as error:
        check_filter(rules, SCHEMA)
    return error.value.fields


def rule(field: str, operator: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, **({"value": value[0]} if value else {})}


def nested(depth: int) -> dict[str, Any]:
    return KIND if depth == 0 else {"all": [nested(depth - 1)]}


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (None, "filter"),
        ([], "filter"),
        ({}, "filter"),
        ({"all": [], "any": []}, "filter"),
        ({"some": []}, "filter"),
        ({"any": []}, "any"),
        ({"all": [{"any": []}]}, "all[0].any"),
        ({"all": KIND}, "all"),
        ({"not": [KIND]}, "not"),
        ({"all": [KIND, 7]}, "all[1]"),
        (nested(4), "all[0].all[0].all[0]"),
        ({"all": [KIND] * 21}, "filter"),
        ({"all": [KIND | {"weight": 3}]}, "all[0]"),
        (rule("colour", "eq", "red"), "field"),
        ({"all": [rule("colour", "eq", "red")]}, "all[0].field"),
        ({"all": [{"field": ["bedrooms"], "operator": "eq", "value": 1}]}, "all[0].field"),
        ({"all": [rule("bedrooms", "contains", "3")]}, "all[0].operator"),
        ({"all": [rule("bedrooms", "like", 3)]}, "all[0].operator"),
        ({"all": [{"field": "bedrooms", "operator": ["eq"], "value": 3}]}, "all[0].operator"),
        ({"not": {"any": [KIND, rule("bedrooms", "gte", "three")]}}, "not.any[1].value"),
        (rule("property_type", "eq", "castle"), "value"),
        (rule("property_type", "in", []), "value"),
        (rule("property_type", "in", "house"), "value"),
        (rule("bedrooms", "eq", True), "value"),
        (rule("bedrooms", "gte"), "value"),
        (rule("bedrooms", "gte", 1e13), "value"),
        (rule("bedrooms", "gte", float("nan")), "value"),
        (rule("bedrooms", "gte", 0.1234567), "value"),
        (rule("bedrooms", "between", [4, 2]), "value"),
        (rule("bedrooms", "between", [2]), "value"),
        (rule("details", "contains", "  "), "value"),
        (rule("details", "contains", "a\x00b"), "value"),
        (rule("details", "contains", "\ud800"), "value"),
        (rule("details", "contains", "x" * 201), "value"),
        (rule("details", "contains", "no children"), "value"),  # familial status
        (rule("religion", "exists"), "field"),  # a form of the past
        (rule("extras", "contains", "barn"), "value"),
        (rule("owner", "eq", "yes"), "value"),
        (rule("move_on", "before", "4 Nov 2026"), "value"),
        (rule("move_on", "within_days", -1), "value"),
        (rule("move_on", "within_days", 2.5), "value"),
        (rule("submitted_on", "within_days", 3), "operator"),
        (rule("alt_mail", "eq", "a@example.com"), "operator"),
        (rule("alt_mail", "exists", "yes"), "value"),
        (rule("source", "eq", "carrier pigeon"), "value"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(rules: object, path: str) -> None:
    assert path in refused(rules)


def test_every_problem_is_named_at_once() -> None:
    fields = refused({"all": [rule("bedrooms", "gte", "x"), rule("nothing", "eq", 1), KIND]})
    assert set(fields) == {"all[0].value", "all[1].field"}


def test_three_groups_deep_and_twenty_rules_are_allowed() -> None:
    assert check_filter(nested(3), SCHEMA) == nested(3)
    assert check_filter({"all": [KIND] * 20}, SCHEMA) == {"all": [KIND] * 20}


def test_values_are_kept_in_one_form() -> None:
    kept = check_filter(
        {"any": [rule("city", "eq", " Las Vegas "), rule("extras", "in", ["pool", "pool"]), rule("owner", "exists")]}, SCHEMA
    )
    assert kept == {
        "any": [rule("city", "eq", "Las Vegas"), rule("extras", "in", ["pool"]), rule("owner", "exists", True)],
    }
    assert check_filter(KIND, SCHEMA) == {"all": [KIND]}
    assert check_filter({"all": []}, SCHEMA) == {"all": []}


def test_the_table_of_operators_covers_every_type_and_operator() -> None:
    assert {operator for fitting in OPERATORS.values() for operator in fitting} == set(EVERY_OPERATOR)
    assert {"text", "textarea", "number", "email", "phone", "select", "multiselect", "radio", "checkbox", "date"} == set(
        OPERATORS
    )
    assert filter_fields(SCHEMA)["zip"].operators == OPERATORS["text"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["house", "2026-11-04"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "field", "operator", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)
almost = st.fixed_dictionaries(
    {
        "field": st.sampled_from([*filter_fields(SCHEMA), "x"]),
        "operator": st.sampled_from([*EVERY_OPERATOR, "x"]),
        "value": json_values,
    }
)


@settings(max_examples=400, deadline=None)
@given(rules=json_values | almost | st.lists(almost, max_size=3).map(lambda members: {"all": members}))
def test_anything_is_kept_or_refused_in_words(rules: object) -> None:
    try:
        kept = check_filter(rules, SCHEMA)
    except InvalidFilter as error:
        assert error.fields and all(error.fields.values())
        return
    assert check_filter(kept, SCHEMA) == kept
    assert compile_filter(kept) and filter_in_words(kept, SCHEMA) and explain_filter(kept, {}, SCHEMA)


def test_a_filter_reads_as_a_sentence() -> None:
    rules = {
        "all": [
            rule("property_type", "in", ["house", "condo"]),
            {"any": [rule("bedrooms", "gte", 3), {"not": rule("owner", "eq", True)}]},
            rule("move_on", "within_days", 30),
            rule("move_on", "before", "2027-01-02"),
            rule("gone", "exists", False),
        ]
    }
    assert filter_in_words(rules, SCHEMA) == (
        "Property type is house or condo and (Bedrooms is at least 3 or not (Owner is yes)) and "
        "Moving on is within 30 days of the request and Moving on is before 2 Jan 2027 and Gone was not answered."
    )
    assert filter_in_words({"all": []}, SCHEMA) == "Every lead of this niche."


def test_why_not_is_answered_rule_by_rule() -> None:
    rules = {"all": [KIND, {"not": rule("bedrooms", "gte", 3)}]}
    verdicts = explain_filter(rules, {"property_type": "house", "bedrooms": 4}, SCHEMA)
    assert [(v.path, v.passed, v.value) for v in verdicts] == [
        ("", False, None),
        ("all[0]", True, "house"),
        ("all[1]", False, None),
        ("all[1].not", True, 4),
    ]
    assert verdicts[3].sentence == "Bedrooms is at least 3"
