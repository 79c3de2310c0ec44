"""A field for each setting of a kind, with what it means below it; what is not asked for stays as it is (SPEC 8.1)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from dashboard.admin.sources_words import choice_word, setting


def settings(model: Any, have: Mapping[str, Any], *, group: str = "") -> dict[str, Any]:
    """What was entered for every setting of ``model``, in the form core wants; an emptied field goes back to its default."""
    found = dict(have)
    for name, field in model.model_fields.items():
        value = _field(group + name, field, have.get(name))
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def _field(name: str, field: Any, value: Any) -> Any:
    label, sentence = setting(name)
    shown = value if value is not None or field.is_required() else field.default
    if hasattr(field.annotation, "model_fields"):
        st.markdown(f"**{label}**", anchors=False)
        st.caption(sentence)
        return settings(field.annotation, value or {}, group=f"{name}.")
    with st.container(gap="xxsmall"):
        given = _asked(label + (" (needed)" if field.is_required() else ""), name, field.annotation, shown)
        st.caption(sentence)
    return given


def _asked(label: str, name: str, of: Any, shown: Any) -> Any:
    """The widget that fits the type, and its answer; ``None`` for an empty one."""
    if get_origin(of) is Literal:
        options = list(get_args(of))
        return st.selectbox(label, options, index=options.index(shown), format_func=choice_word, width=400)
    if get_origin(of) is tuple:
        return _many(label, get_args(of)[0], shown)
    if isinstance(shown, Mapping):
        return pairs(st.text_area(label, "\n".join(f"{key} = {told}" for key, told in shown.items()), height=90))
    text = "" if shown is None else str(shown)
    given = st.text_area(label, text, height=120) if name == "form.text" else st.text_input(label, text)
    return (given or "").strip() or None


def _many(label: str, of: Any, shown: Sequence[Any]) -> list[str]:
    if get_origin(of) is Literal:
        return st.multiselect(label, list(get_args(of)), default=list(shown), format_func=choice_word, width=400)
    return [line.strip() for line in st.text_area(label, "\n".join(map(str, shown)), height=90).splitlines() if line.strip()]


def pairs(text: str) -> dict[str, str]:
    """Lines of ``their name = our field``; a line that tells no field is kept, so that core can say what it lacks."""
    lines = [line.rpartition("=") if "=" in line else (line, "", "") for line in text.splitlines() if line.strip()]
    return {theirs.strip(): ours.strip() for theirs, _, ours in lines}
