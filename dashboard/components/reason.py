"""Acts that want a reason: what will happen, the words, and the button that does it, pressed once."""

from collections.abc import Callable
from typing import Any

import streamlit as st


def reason_button(
    label: str, *, will: str, key: str, on_reason: Callable[..., Any], args: tuple[Any, ...] = (), verb: str | None = None,
    icon: str | None = None, disabled: bool = False, **field: Any,
) -> None:  # fmt: skip
    """A button that opens a small panel: ``will`` says what happens, ``verb`` (or the label) is the button that does it."""
    with st.popover(label, icon=f":material/{icon}:" if icon else None, key=f"ask-{key}", disabled=disabled):
        if will:
            st.write(will)
        reason_form(verb or label, key=key, on_reason=on_reason, args=args, **field)


def reason_form(
    verb: str, *, key: str, on_reason: Callable[..., Any], args: tuple[Any, ...] = (), asks: str = "Reason",
    placeholder: str | None = None, most: int = 500, long: bool = False,
) -> None:  # fmt: skip
    """The words and the button; ``on_reason(*args, words)`` is called with what stands in the field at the press.

    A form, so that one press takes the words with it: a field alone tells its words only once it is left, and a button that
    waits for them would swallow the press that leaves it. Words that are too short are refused by core, which says so.
    """
    slot = f"reason-{key}"
    field = st.text_area if long else st.text_input
    with st.form(f"form-{key}", border=False, enter_to_submit=False):
        field(asks, key=slot, placeholder=placeholder, max_chars=most)
        st.form_submit_button(verb, type="primary", key=f"do-{key}", on_click=_given, args=(slot, on_reason, args))


def _given(slot: str, on_reason: Callable[..., Any], args: tuple[Any, ...]) -> None:
    on_reason(*args, st.session_state.get(slot) or "")
