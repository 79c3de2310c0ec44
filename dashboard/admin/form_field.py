"""Edit one question of a form: its words, its type, its choices and its limits (SPEC 2.1)."""

from typing import Any

import streamlit as st

from core.kit import words

TYPES = {
    "text": "One line",
    "textarea": "Several lines",
    "number": "Number",
    "email": "E-mail",
    "phone": "Phone",
    "select": "One of a list",
    "radio": "One of a few",
    "multiselect": "Several of a list",
    "checkbox": "Yes or no",
    "date": "Date",
}
WITH_OPTIONS = ("select", "radio", "multiselect")
WITH_HINT = ("text", "textarea", "number", "email", "phone")
LENGTHS = {"min_length": "Shortest, characters", "max_length": "Longest, characters"}
LEAST_LENGTH = {"min_length": 0, "max_length": 1}  # what a published form may hold, the editor must be able to show
# How the editor calls the parts of a field.
PARTS = {
    "key": "key",
    "label": "question",
    "type": "answered by",
    "required": "must be answered",
    "options": "choices",
    "help": "help",
    "placeholder": "example",
    "validation": "limits",
    "validation.min_length": "shortest",
    "validation.max_length": "longest",
    "validation.min": "least",
    "validation.max": "most",
    "validation.integer": "whole numbers",
    "validation.pattern": "pattern",
}


def part_words(part: str) -> str:
    """The part of a field that a problem is about, as the editor calls it: ``options[2]`` is ``choice 3``."""
    if part.startswith("options["):
        return f"choice {int(part[8:-1]) + 1}"
    return PARTS.get(part, part.replace("_", " "))


def field_editor(field: dict[str, Any]) -> None:
    """Widgets that write straight into the draft's row."""
    uid = field["uid"]
    left, right = st.columns(2)
    with left:
        label = st.text_input("Question", field.get("label", ""), max_chars=150, key=f"label-{uid}") or ""
        kind = st.selectbox("Answered by", list(TYPES), list(TYPES).index(field["type"]), TYPES.__getitem__, key=f"type-{uid}")
    with right:
        fresh = not field.get("key")
        suggested = words.slug(label).replace("-", "_")[:50] if fresh else field["key"]
        key = st.text_input(
            "Name for programs", suggested, key=f"key-{uid}-{suggested if fresh else ''}", help="How filters and the API call it"
        )
        required = st.toggle("Must be answered", bool(field.get("required")), key=f"required-{uid}")
    field |= {"label": label, "type": kind, "key": key or "", "required": required}
    _options(field, uid)
    _texts(field, uid)
    _limits(field, uid)


def _options(field: dict[str, Any], uid: str) -> None:
    if field["type"] not in WITH_OPTIONS:
        field.pop("options", None)
        return
    lines = st.text_area("Choices, one a line", "\n".join(field.get("options", [])), key=f"options-{uid}", height=120) or ""
    field["options"] = [line.strip() for line in lines.splitlines() if line.strip()]


def _texts(field: dict[str, Any], uid: str) -> None:
    _set(field, "help", st.text_input("Help below the question", field.get("help", ""), max_chars=300, key=f"help-{uid}"))
    if field["type"] in WITH_HINT:
        amount = "Begin it with $ for an amount of money: answers are then shown as one." if field["type"] == "number" else None
        told = {"max_chars": 100, "key": f"placeholder-{uid}", "help": amount}
        shown = st.text_input("Example inside the field", field.get("placeholder", ""), **told)
        _set(field, "placeholder", shown)
    else:
        field.pop("placeholder", None)


def _limits(field: dict[str, Any], uid: str) -> None:
    kept: dict[str, Any] = dict(field.get("validation") or {})
    if field["type"] in ("text", "textarea"):
        kept = {name: kept[name] for name in (*LENGTHS, "pattern") if name in kept}
        with st.container(horizontal=True):
            for name, told in LENGTHS.items():
                _set(kept, name, st.number_input(told, LEAST_LENGTH[name], 5000, kept.get(name), key=f"{name}-{uid}", width=190))
        if field["type"] == "text":
            told = {"key": f"pattern-{uid}", "help": "A regular expression; empty: anything"}
            _set(kept, "pattern", st.text_input("Pattern the answer must fit", kept.get("pattern", ""), **told))
    elif field["type"] == "number":
        kept = {name: kept[name] for name in ("min", "max", "integer") if name in kept}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name, told in (("min", "Least"), ("max", "Most")):
                value = st.number_input(told, value=_float(kept.get(name)), format="%g", key=f"{name}-{uid}", width=170)
                _set(kept, name, None if value is None else int(value) if float(value).is_integer() else value)
            _set(kept, "integer", st.toggle("Whole numbers only", bool(kept.get("integer")), key=f"integer-{uid}") or None)
    elif field["type"] == "date":
        kept = {name: kept[name] for name in ("min", "max") if name in kept}
    else:
        kept = {}
    _set(field, "validation", kept or None)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _set(field: dict[str, Any], name: str, value: Any) -> None:
    """An empty part is left out, so that an untouched form stays equal to the published one."""
    if value in (None, ""):
        field.pop(name, None)
    else:
        field[name] = value
