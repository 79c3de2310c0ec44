"""What was entered in a form becomes clean, or an error that names its field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.niches import check_schema, clean_form
from core.niches.form import shown
from core.niches.launch import launch_niches


def form(kind: str, **parts: Any) -> dict[str, Any]:
    if kind in ("select", "radio", "multiselect"):
        parts.setdefault("options", ["House", "Town house", "Land"])
    schema = {"fields": [{"key": "answer", "label": "Answer", "type": kind, **parts}]}
    assert check_schema(schema) == []
    return schema


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        ("text", "  two\n words ", "two words"),
        ("text", "a\x00b\ud800", "ab"),
        ("textarea", " one\r\n\ntwo ", "one\n\ntwo"),
        ("number", 3, 3),
        ("number", 3.0, 3),
        ("number", "2.5", 2.5),
        ("number", " $450,000 ", 450000),
        ("number", "-7", -7),
        ("email", " Pat@Example.COM ", "Pat@example.com"),
        ("phone", "(702) 555-0142", "+17025550142"),
        ("phone", "+1 702 555 0142", "+17025550142"),
        ("phone", 7025550142, "+17025550142"),
        ("select", "house", "House"),
        ("radio", " town  HOUSE ", "Town house"),
        ("multiselect", ["land", "House", "LAND"], ["House", "Land"]),
        ("multiselect", "Land", ["Land"]),
        ("checkbox", True, True),
        ("checkbox", "on", True),
        ("checkbox", "false", False),
        ("checkbox", 0, False),
        ("date", "2026-02-28", "2026-02-28"),
    ],
)
def test_values_in_their_one_shape(kind: str, given_value: Any, kept: Any) -> None:
    clean, errors = clean_form(form(kind), {"answer": given_value})
    assert (clean, errors) == ({"answer": kept}, {})
    assert type(clean["answer"]) is type(kept)


@pytest.mark.parametrize(
    ("kind", "given_value"),
    [
        ("text", 5), ("text", ["a"]), ("text", {"a": 1}), ("text", True), ("text", "x" * 201), ("text", "\x00\x01"),
        ("textarea", "x" * 2001), ("textarea", "x" * 200_000), ("textarea", 1.5),
        ("number", "three"), ("number", True), ("number", float("nan")), ("number", float("inf")), ("number", 10**400),
        ("number", "1e5"), ("number", "1,00"), ("number", "٣"), ("number", "9" * 50), ("number", [3]), ("number", "0x10"),
        ("email", "pat"), ("email", "pat@"), ("email", 5), ("email", "a@b@example.com"), ("email", "x" * 300 + "@example.com"),
        ("email", "pat@" + "x." * 96 + "example.com.invalid"),
        ("phone", "12"), ("phone", "555-0142"), ("phone", "call me"), ("phone", {}), ("phone", 1.5), ("phone", "+99999999999999"),
        ("select", "Castle"), ("select", ["House"]), ("select", 1), ("radio", True), ("radio", {"House": 1}),
        ("multiselect", ["Castle"]), ("multiselect", [["House"]]), ("multiselect", ["House"] * 50), ("multiselect", {"a": 1}),
        ("checkbox", "maybe"), ("checkbox", 2), ("checkbox", [True]), ("checkbox", 1.0),
        ("date", "2026-02-30"), ("date", "02/28/2026"), ("date", "20260228"), ("date", 20260228), ("date", "0001-01-01"),
        ("date", "2026-W09-6"), ("date", "9999-12-31"),
    ],
)  # fmt: skip
def test_wrong_values_name_their_field(kind: str, given_value: Any) -> None:
    clean, errors = clean_form(form(kind), {"answer": given_value})
    assert clean == {}
    assert list(errors) == ["answer"] and errors["answer"].endswith(".")


@pytest.mark.parametrize(
    ("kind", "limits", "good", "bad"),
    [
        ("number", {"min": 1}, 1, 0),
        ("number", {"max": 10}, 10, 10.5),
        ("number", {"integer": True}, "4.0", 4.5),
        ("text", {"min_length": 3}, "abc", "ab"),
        ("text", {"max_length": 3}, "abc", "abcd"),
        ("text", {"pattern": r"\d{5}"}, "89109", "89109-"),
        ("text", {"pattern": r"\w+ \w+"}, "x y", "a" * 201),
        ("textarea", {"max_length": 3}, "abc", "abcd"),
        ("date", {"min": "2026-01-01"}, "2026-01-01", "2025-12-31"),
        ("date", {"max": "2026-01-01"}, "2026-01-01", "2026-01-02"),
    ],
)
def test_limits(kind: str, limits: dict[str, Any], good: Any, bad: Any) -> None:
    schema = form(kind, validation=limits)
    assert clean_form(schema, {"answer": good})[1] == {}
    assert list(clean_form(schema, {"answer": bad})[1]) == ["answer"]


@pytest.mark.parametrize("kind", ["text", "number", "select", "multiselect", "checkbox", "date", "email"])
@pytest.mark.parametrize("nothing", [None, "", "  ", [], "missing"])
def test_what_is_left_empty_is_left_out_unless_required(kind: str, nothing: Any) -> None:
    data = {} if nothing == "missing" else {"answer": nothing}
    assert clean_form(form(kind), data) == ({}, {})
    assert list(clean_form(form(kind, required=True), data)[1]) == ["answer"]


def test_a_required_checkbox_must_be_ticked() -> None:
    assert list(clean_form(form("checkbox", required=True), {"answer": False})[1]) == ["answer"]
    assert clean_form(form("checkbox", required=True), {"answer": "yes"}) == ({"answer": True}, {})


def test_unknown_keys_are_errors_by_their_name() -> None:
    _, errors = clean_form(form("text"), {"answer": "x", "answr": "y", "a\x00": 1, "k" * 500: 1})
    assert set(errors) == {"answr", "a", "k" * 50}
    _, many = clean_form(form("text"), {f"x{n}": 1 for n in range(1000)})
    assert len(many) == 20


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
def test_answers_must_be_an_object(data: Any) -> None:
    assert set(clean_form(form("text"), data)[1]) == {"form_data"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=20)
    | st.text(alphabet="\x00\ud800a1-/@.+", max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SCHEMAS = {slug: niche["schema"] for slug, niche in launch_niches().items()} | {
    "every type": {
        "fields": [
            {"key": kind, "label": "L", "type": kind, "required": True}
            | ({"options": ["a", "b"]} if kind in ("select", "radio", "multiselect") else {})
            for kind in ("text", "textarea", "number", "email", "phone", "select", "multiselect", "radio", "checkbox", "date")
        ]
    }
}


@settings(max_examples=300, deadline=None)
@given(data=st.data(), slug=st.sampled_from(sorted(SCHEMAS)))
def test_no_json_breaks_the_form_and_every_error_names_its_field(data: st.DataObject, slug: str) -> None:
    schema = SCHEMAS[slug]
    keys = [field["key"] for field in schema["fields"]]
    options = [option for field in schema["fields"] for option in field.get("options", [])]
    values = (
        JSON | st.sampled_from(options) | st.sampled_from(["2026-11-04", "(702) 555-0142", "pat@example.com", "$1,000", "on"])
    )
    given_data = data.draw(JSON | st.dictionaries(st.sampled_from(keys) | st.text(max_size=8), values, max_size=14))
    clean, errors = clean_form(schema, given_data)
    strange = {shown(key) for key in given_data} if isinstance(given_data, dict) else set()
    assert set(errors) <= set(keys) | strange | {"form_data"}
    assert set(clean) <= set(keys) and not (set(clean) & set(errors) - strange)
    stored = json.dumps(clean, allow_nan=False)
    assert "\\u0000" not in stored
    json.dumps(clean, ensure_ascii=False).encode("utf-8")
    # Cleaning what is clean changes nothing.
    again, _ = clean_form(schema, clean)
    assert again == clean
