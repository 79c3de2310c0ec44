"""One grammar, two readings: what Python says of a filter is what PostgreSQL says (SPEC 4.4, 4.5)."""

import json
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.niches import facts_of
from core.providers.errors import InvalidFilter
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.filters.explain import explain_filter, matches
from core.providers.filters.fields import filter_fields

# Few, colliding and awkward values, so that rules and answers meet often.
WORDS = [
    "a",
    "A",
    "ab",
    "Ab  c",
    "ab c",
    'x"y',
    "x\\y",
    "it's",
    "^a.*$",
    "***=a",
    "(",
    "ß",
    "SS",
    "ÄÖ",
    "äö",
    "😀",
    "İ",
    "%_",
    "$",
    '" || 1 == 1',
    "a\u2028b",
]
OPTIONS = ["house", "condo", "land", 'two "words"']
NUMBERS = [0, 1, 2, 3, -1, 2.5, 0.1, -0.1, 10**12, 0.000001, 1.0]
DAY = date(2026, 11, 4)
SCHEMA: dict[str, Any] = {
    "fields": [
        {"key": "name", "label": "Name", "type": "text"},
        {"key": "details", "label": "Details", "type": "textarea"},
        {"key": "beds", "label": "Bedrooms", "type": "number"},
        {"key": "kind", "label": "Kind", "type": "select", "options": OPTIONS},
        {"key": "tone", "label": "Tone", "type": "radio", "options": OPTIONS},
        {"key": "extras", "label": "Extras", "type": "multiselect", "options": OPTIONS},
        {"key": "owner", "label": "Owner", "type": "checkbox"},
        {"key": "moving", "label": "Moving on", "type": "date"},
        {"key": "second", "label": "Second phone", "type": "phone"},
    ]
}
FIELDS = filter_fields(SCHEMA)
OF_FORM = {field["key"] for field in SCHEMA["fields"]}
days = st.integers(-40, 40).map(lambda n: (DAY + timedelta(days=n)).isoformat())
answers = {
    "text": st.sampled_from(WORDS),
    "textarea": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
    "number": st.sampled_from(NUMBERS),
    "select": st.sampled_from(OPTIONS),
    "radio": st.sampled_from(OPTIONS),
    "multiselect": st.lists(st.sampled_from(OPTIONS), unique=True),
    "checkbox": st.booleans(),
    "date": days,
    "phone": st.just("+17025550100"),
}
form_data = st.fixed_dictionaries({}, optional={f["key"]: st.none() | answers[f["type"]] for f in SCHEMA["fields"]})
places = st.fixed_dictionaries(
    {
        "zip": st.sampled_from(["89109", "75201"]),
        "city": st.sampled_from(["Las Vegas", "Dallas"]),
        "county": st.just("Clark"),
        "state": st.just("NV"),
        "market_slug": st.just("las-vegas"),
        "source": st.sampled_from(["form", "api"]),
    }
)
added_later = {
    "quality": st.sampled_from([0, 50, 87.5]),
    "fraud": st.sampled_from([0, 0.125]),
    "stated_intent": st.sampled_from(["sell", "repair"]),
    "stated_urgency": st.sampled_from(["now", "later"]),
    "stated_budget": st.sampled_from(NUMBERS),
}
scores = st.fixed_dictionaries({}, optional=added_later)


def facts_strategy() -> st.SearchStrategy[dict[str, Any]]:
    made = st.builds(lambda data, place: facts_of(SCHEMA, data, submitted_on=DAY, **place), form_data, places)
    return st.builds(lambda facts, more: facts | more, made, scores)


# Facts of another form version, or spoilt: any JSON under the keys that rules read.
anything = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(WORDS) | days,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)
READ_KEYS = [key + twin for key in FIELDS for twin in ("", "__text", "__day")] + ["submitted_day"]
spoilt = st.dictionaries(st.sampled_from(READ_KEYS), anything, max_size=8)


@st.composite
def a_rule(draw: st.DrawFn) -> dict[str, Any]:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operator = draw(st.sampled_from(field.operators))
    if field.options:
        one = st.sampled_from(OPTIONS if field.key in OF_FORM else field.options)
    else:
        one = answers["text" if field.type == "textarea" else field.type]
    value: Any
    match operator:
        case "exists":
            value = draw(st.booleans())
        case "within_days":
            value = draw(st.integers(0, 40))
        case "in" | "not_in":
            value = draw(st.lists(one, min_size=1, max_size=4))
        case "between":
            value = sorted(draw(st.tuples(one, one)))
        case _:
            value = draw(one)
    return {"field": field.key, "operator": operator, "value": value}


def trees(depth: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    inner = a_rule() if depth == 1 else st.one_of(a_rule(), trees(depth - 1))
    groups = [st.lists(inner, min_size=1, max_size=2).map(lambda members, kind=kind: {kind: members}) for kind in ("all", "any")]
    return st.one_of(*groups, inner.map(lambda member: {"not": member}))


def in_database(session: Session, rules: dict[str, Any], facts: dict[str, Any]) -> object:
    compiled, stored = compile_filter(rules), json.dumps(facts)
    return session.execute(text("select cast(:f as jsonb) @@ cast(:c as jsonpath)"), {"f": stored, "c": compiled}).scalar_one()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rules=trees(), facts=st.one_of(facts_strategy(), spoilt))
def test_both_readings_agree(session: Session, rules: dict[str, Any], facts: dict[str, Any]) -> None:
    kept = check_filter(rules, SCHEMA)
    verdict = matches(kept, facts)
    assert in_database(session, kept, facts) is verdict
    assert explain_filter(kept, facts, SCHEMA)[0].passed is verdict
    # Not is the plain opposite, in the database too: nothing is unknown.
    assert in_database(session, {"not": kept}, facts) is not verdict


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    word=st.text(min_size=1, max_size=30),
    answer=st.text(max_size=40),
    operator=st.sampled_from(["eq", "in", "contains", "starts_with"]),
)
def test_any_text_is_only_ever_text(session: Session, word: str, answer: str, operator: str) -> None:
    """No value ends its own literal, and none is a pattern."""
    rule = {"field": "name", "operator": operator, "value": [word] if operator == "in" else word}
    try:
        kept = check_filter(rule, SCHEMA)
    except InvalidFilter as refused:
        assert not word.strip() or any(unicodedata.category(c) in ("Cc", "Cs") for c in word), refused.message
        return
    for given_answer in (answer.replace("\x00", ""), f"{answer}{word}".replace("\x00", ""), word.replace("\x00", "")):
        try:
            given_answer.encode()
        except UnicodeEncodeError:
            continue
        facts = facts_of(
            SCHEMA, {"name": given_answer}, zip="1", city="", county="", state="", market_slug="", submitted_on=DAY, source=""
        )
        assert in_database(session, kept, facts) is matches(kept, facts)


@pytest.mark.parametrize("key", ['a"b', "a\\", "a b", "$", "ключ", "@", "*"])
def test_a_field_of_any_name_is_only_a_name(session: Session, key: str) -> None:
    rules = {"all": [{"field": key, "operator": "eq", "value": 1}]}
    assert in_database(session, rules, {key: 1}) is True
    assert in_database(session, rules, {"other": 1}) is False
