"""A niche's form as a consumer meets it, live while it is being edited."""

from typing import Any

import streamlit as st

from core.kit.db import Json


def preview(schema: Json, *, key: str) -> None:
    """Draw every question; answers typed here go nowhere."""
    with st.container(border=True, key=key):
        for at, field in enumerate(schema["fields"]):
            _question(field, f"{key}-{at}-{field['type']}-{field.get('label', '')}")


def _question(field: dict[str, Any], key: str) -> None:
    label = (field.get("label") or "New question") + (" *" if field.get("required") else "")
    given: dict[str, Any] = {"key": key, "help": field.get("help") or None}
    hint: dict[str, Any] = {"placeholder": field.get("placeholder") or None}
    options = field.get("options") or ["Add choices"]
    match field["type"]:
        case "textarea":
            st.text_area(label, height=90, **given, **hint)
        case "number":
            st.number_input(label, value=None, **given, **hint)
        case "select":
            st.selectbox(label, options, index=None, placeholder="Please choose", **given)
        case "radio":
            st.radio(label, options, index=None, **given)
        case "multiselect":
            st.multiselect(label, options, **given)
        case "checkbox":
            st.checkbox(label, **given)
        case "date":
            st.date_input(label, format="MM/DD/YYYY", value=None, **given)
        case _:
            st.text_input(label, **given, **hint)
