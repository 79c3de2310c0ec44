"""The widget for a rule's value: what fits the field's type and the comparison."""

from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from core.providers import FilterField

OPERATOR_WORDS = {
    "eq": "is",
    "neq": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "includes",
    "starts_with": "starts with",
    "gte": "is at least",
    "lte": "is at most",
    "between": "is between",
    "before": "is before",
    "after": "is after",
    "within_days": "is within days",
    "exists": "was answered",
}


def first_value(field: FilterField, operator: str) -> Any:
    """The value a fresh rule starts with."""
    if operator == "exists" or field.type == "checkbox":
        return True
    if operator == "within_days":
        return 30
    one: Any = field.options[0] if field.options else {"number": 0, "date": _today().isoformat()}.get(field.type, "")
    if operator == "between":
        return [one, one]
    return ([one] if one != "" else []) if operator in ("in", "not_in") else one


def value_input(field: FilterField, operator: str, value: Any, *, key: str) -> Any:
    """Draw the widget and return what the person chose."""
    hidden: dict[str, Any] = {"label_visibility": "collapsed"}
    if operator == "exists" or field.type == "checkbox":
        return st.selectbox(
            "Value", [True, False], 0 if value else 1, lambda v: "yes" if v else "no", key=key, width=110, **hidden
        )
    if operator == "within_days":
        return st.number_input("Days", 0, 3650, int(value), key=key, width=130, **hidden)
    if operator in ("in", "not_in"):
        return _several(field, list(value), key=key)
    if operator == "between":
        low = _one(field, value[0], key=f"{key}-low")
        st.markdown("and", width="content")
        return [low, _one(field, value[1], key=f"{key}-high")]
    return _one(field, value, key=key)


def _one(field: FilterField, value: Any, *, key: str) -> Any:
    hidden: dict[str, Any] = {"label_visibility": "collapsed"}
    if field.options:
        at = field.options.index(value) if value in field.options else 0
        return st.selectbox("Value", field.options, at, key=key, width=180, **hidden)
    if field.type == "number":
        return _number(st.number_input("Value", value=float(value or 0), step=1.0, format="%g", key=key, width=150, **hidden))
    if field.type == "date":
        shown = date.fromisoformat(value) if value else _today()
        chosen = st.date_input("Value", shown, format="MM/DD/YYYY", key=key, width=160, **hidden)
        return chosen.isoformat() if isinstance(chosen, date) else _today().isoformat()
    return st.text_input("Value", value, key=key, max_chars=200, width=180, **hidden) or ""


def _several(field: FilterField, value: list[Any], *, key: str) -> list[Any]:
    hidden: dict[str, Any] = {"label_visibility": "collapsed", "width": 300, "key": key, "max_selections": 50}
    if field.options:
        kept = [member for member in value if member in field.options]
        return list(st.multiselect("Values", field.options, kept, **hidden))
    told = [f"{member:g}" if isinstance(member, int | float) else str(member) for member in value]
    chosen = st.multiselect("Values", told, told, accept_new_options=True, placeholder="Type and press Enter", **hidden)
    return [_parsed(member) for member in chosen] if field.type == "number" else [str(member) for member in chosen]


def _parsed(text: str) -> Any:
    """A typed number; text that is none stays text, and the check says so beside the field."""
    try:
        return _number(float(text.replace(",", "")))
    except ValueError:
        return text


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _today() -> date:
    return datetime.now(UTC).date()
