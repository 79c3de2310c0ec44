"""What a form may look like."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.niches import check_schema, facts_of
from core.niches.launch import launch_niches
from core.niches.patterns import LONGEST_INPUT, PatternRefused, compiled
from core.niches.schema import RESERVED_KEYS

GOOD = {"key": "roof_age", "label": "Age of the roof", "type": "number"}


def schema_of(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"fields": [{**GOOD, "key": f"field_{number}", **change} for number, change in enumerate(changes)]}


@pytest.mark.parametrize("slug", list(launch_niches()))
def test_launch_forms_are_valid_and_thoughtful(slug: str) -> None:
    shipped = launch_niches()[slug]
    assert check_schema(shipped["schema"]) == []
    assert 8 <= len(shipped["schema"]["fields"]) <= 12
    assert 3 <= len(shipped["levels"]) <= 4
    prices = [level["price_cents"] for level in shipped["levels"]]
    assert prices == sorted(prices, reverse=True) and prices[-1] >= 1_500 and prices[0] <= 15_000
    assert all(level["max_recipients"] <= shipped["max_providers"] for level in shipped["levels"])


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"key": "Roof"}, "key", "lower-case"),
        ({"key": "roof age"}, "key", "lower-case"),
        ({"key": "roof__age"}, "key", "single underscores"),
        ({"key": "_roof"}, "key", "lower-case"),
        ({"key": "9roof"}, "key", "lower-case"),
        ({"key": "a" * 51}, "key", "up to 50"),
        ({"key": None}, "key", "lower-case"),
        ({"key": "zip"}, "key", "already"),
        ({"key": "submitted_on"}, "key", "already"),
        ({"label": None}, "label", "Write a text"),
        ({"label": "  "}, "label", "Write a text"),
        ({"label": "x" * 151}, "label", "longer than 150"),
        ({"label": "a\x00b"}, "label", "can't be shown"),
        ({"label": "a\ud800b"}, "label", "can't be shown"),
        ({"help": 5}, "help", "Write a text"),
        ({"help": "x" * 301}, "help", "longer than 300"),
        ({"placeholder": "x" * 101}, "placeholder", "longer than 100"),
        ({"required": "yes"}, "required", "true or false"),
        ({"type": "colour"}, "type", "must be one of"),
        ({"type": ["text"]}, "type", "must be one of"),
        ({"default": 1}, "default", "no such part"),
        ({"options": ["a"]}, "options", "Only select"),
        ({"type": "select"}, "options", "Give 1 to 60"),
        ({"type": "radio", "options": []}, "options", "Give 1 to 60"),
        ({"type": "radio", "options": "ab"}, "options", "Give 1 to 60"),
        ({"type": "select", "options": [str(n) for n in range(61)]}, "options", "Give 1 to 60"),
        ({"type": "select", "options": ["a", 1]}, "options[1]", "Write a text"),
        ({"type": "select", "options": ["Yes", "yes"]}, "options[1]", "twice"),
        ({"type": "select", "options": ["Big house", "big  house"]}, "options[1]", "twice"),
        ({"type": "select", "options": ["x" * 101]}, "options[0]", "longer than 100"),
        ({"validation": []}, "validation", "an object"),
        ({"validation": {"min_length": 1}}, "validation.min_length", "no such limit"),
        ({"type": "email", "validation": {"min": 1}}, "validation.min", "no such limit"),
        ({"validation": {"min": "1"}}, "validation.min", "a number"),
        ({"validation": {"min": float("nan")}}, "validation.min", "a number"),
        ({"validation": {"max": 10**400}}, "validation.max", "a number"),
        ({"validation": {"min": 5, "max": 4}}, "validation.max", "nothing would be accepted"),
        ({"validation": {"integer": 1}}, "validation.integer", "true or false"),
        ({"type": "text", "validation": {"min_length": -1}}, "validation.min_length", "whole number"),
        ({"type": "text", "validation": {"max_length": 0}}, "validation.max_length", "whole number"),
        ({"type": "text", "validation": {"max_length": 2.5}}, "validation.max_length", "whole number"),
        ({"type": "text", "validation": {"pattern": "["}}, "validation.pattern", "not a regular expression"),
        ({"type": "text", "validation": {"pattern": 5}}, "validation.pattern", "must be a text"),
        ({"type": "text", "validation": {"pattern": "(a+)+b"}}, "validation.pattern", "very long"),
        ({"type": "text", "validation": {"pattern": "a", "max_length": 201}}, "validation.max_length", "at most 200"),
        ({"type": "text", "validation": {"min_length": 201}}, "validation.max_length", "Set the longest, too"),
        ({"type": "textarea", "validation": {"min_length": 2001}}, "validation.max_length", "Set the longest, too"),
        ({"type": "date", "validation": {"min": "2101-01-01"}}, "validation.min", "from 1900 to 2100"),
        ({"type": "date", "validation": {"min": "04/11/2026"}}, "validation.min", "2026-11-04"),
        ({"type": "date", "validation": {"min": "2026-11-05", "max": "2026-11-04"}}, "validation.max", "nothing would"),
    ],
)
def test_each_problem_is_named_by_its_path(change: dict[str, Any], path: str, said: str) -> None:
    problems = check_schema(schema_of({}, change))
    assert [problem.path for problem in problems] == [f"fields[1].{path}"]
    assert said in problems[0].message


def test_all_problems_are_listed_at_once() -> None:
    problems = check_schema(schema_of({"label": ""}, {"type": "select"}, {"key": "field_0"}, {"church": 1}))
    assert [problem.path for problem in problems] == [
        "fields[0].label",
        "fields[1].options",
        "fields[3].church",
        "fields[2].key",
    ]


@pytest.mark.parametrize(
    "schema", [None, [], "x", {}, {"fields": None}, {"fields": []}, {"fields": [], "x": 1}, {"fields": ["a"]}]
)
def test_shapes_that_are_no_schema(schema: Any) -> None:
    assert check_schema(schema)


def test_sizes_are_limited() -> None:
    assert check_schema({"fields": [{**GOOD, "key": f"f{n}"} for n in range(41)]})[0].path == "fields"
    options = [f"{n:02}" + "x" * 90 for n in range(60)]
    long = {"fields": [{"key": f"f{n}", "label": "L", "type": "select", "options": options} for n in range(40)]}
    assert [problem.path for problem in check_schema(long)] == ["fields"]


@pytest.mark.parametrize(
    "field",
    [
        {"key": "race"},
        {"key": "your_race", "label": "Which of these?"},
        {"label": "Skin color"},
        {"label": "Your colour"},
        {"label": "Color"},
        {"key": "religion"},
        {"label": "Which church do you go to?"},
        {"key": "sex"},
        {"label": "Gender"},
        {"type": "select", "options": ["Male", "Female"]},
        {"key": "national_origin"},
        {"key": "nationality"},
        {"label": "Country of birth"},
        {"label": "Are you a U.S. citizen?"},
        {"key": "familial_status"},
        {"key": "has_children"},
        {"key": "haschildren"},
        {"key": "kids"},
        {"key": "marital_status"},
        {"key": "maritalstatus"},
        {"label": "Married or single?"},
        {"label": "Age of occupants"},
        {"label": "Age of the occupants"},
        {"key": "occupant_age"},
        {"label": "Homeowner’s age"},
        {"label": "Date of birth"},
        {"key": "dateofbirth"},
        {"label": "How old are you?"},
        {"label": "Household size"},
        {"label": "Any disability?"},
        {"key": "disabled"},
        {"label": "Does anyone use a wheelchair?"},
        {"label": "RELIGIÓN or Religion"},
        {"help": "Tell us your religion and whether you are married."},
        {"placeholder": "White, Hispanic or Asian"},
        {"key": "race1"},
        {"label": "Your gen\u00adder"},
        {"label": "Your ra\u200bce"},
    ],
)
def test_protected_classes_are_refused(field: dict[str, Any]) -> None:
    base = {"key": "some_key", "label": "A label", "type": "text"}
    if "options" in field:
        base["type"] = "select"
    problems = check_schema({"fields": [base | field]})
    assert problems and all("Fair Housing Act" in problem.message for problem in problems)


@pytest.mark.parametrize(
    "label",
    [
        "Single-family house", "Multi-family", "Family room", "Roof color", "Exterior colour of the house", "Age of the roof",
        "System age in years", "Home age", "How old is your air conditioner?", "Essex Street", "Trace of water", "Terrace",
        "Tracks nearby", "Who lives there now?", "Owner of the building", "Are you the owner?", "Year built",
        "Accessible by truck", "Condition", "Number of stories", "Blinds on the windows", "Sextant", "Attic access", "Manager",
    ],
)  # fmt: skip
def test_words_of_the_trade_pass(label: str) -> None:
    assert check_schema({"fields": [{"key": "some_key", "label": label, "type": "text"}]}) == []


def test_reserved_keys_are_the_facts_of_every_lead() -> None:
    facts = facts_of(
        {"fields": []},
        {},
        zip="1",
        city="c",
        county="c",
        state="s",
        market_slug="m",
        submitted_on=date(2026, 1, 1),
        source="form",
    )
    assert {key.removesuffix("__text") for key in facts} <= RESERVED_KEYS


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b", r"(a*)*", r"(a|a)*b", r"(\w+\s?)*", r"\w*\w*\w*x", r"(?=a)b", r"(?<!a)b", r"(a)\1", r"a*+b", r"(?>a)b",
        r"(x)?(?(1)a|b)", "a" * 201, "(", "a**", r"a{1,99999999999999999999}", r"(a?){60}", r"((ab){1,60}c?){1,60}",
    ],
)  # fmt: skip
def test_patterns_that_could_be_slow_or_wrong_are_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (r"\d{5}", "89109", "8910"),
        (r"[A-Z]{2}-\d+", "AB-77", "ab-77"),
        (r"\(?\d{3}\)?[- ]?\d{3}-?\d{4}", "(702)555-0142", "702"),
        (r"(house|condo)s?", "condos", "condoms"),
        (r"(?i)unit \w+", "UNIT 4b", "suite 4b"),
    ],
)
def test_patterns_of_everyday_use(pattern: str, fits: str, fits_not: str) -> None:
    assert compiled(pattern).fullmatch(fits) and not compiled(pattern).fullmatch(fits_not)


@settings(deadline=None)
@given(st.text(alphabet="ab|()*+?{},19[]\\w.^$", max_size=14), st.text(alphabet="ab!", max_size=LONGEST_INPUT))
def test_any_accepted_pattern_comes_to_an_end(pattern: str, typed: str) -> None:
    """One that runs away would not: the ways of an accepted pattern are counted, and few."""
    try:
        regex = compiled(pattern)
    except PatternRefused:
        return
    assert regex.fullmatch((typed * LONGEST_INPUT)[:LONGEST_INPUT]) or regex.pattern == pattern


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.dictionaries(
    st.sampled_from(["key", "label", "type", "required", "options", "validation", "placeholder", "help", "extra"]),
    JSON
    | st.sampled_from(["number", "select", "text", "date", "a_key"])
    | st.dictionaries(st.sampled_from(["min", "max", "min_length", "max_length", "pattern", "integer"]), JSON, max_size=4),
)


@settings(deadline=None)
@given(JSON | st.builds(lambda fields: {"fields": fields}, st.lists(PARTS, max_size=4)))
def test_nothing_breaks_the_check(schema: Any) -> None:
    for problem in check_schema(schema):
        assert problem.message.rstrip().endswith((".", ")"))
        json.dumps(problem.path)
