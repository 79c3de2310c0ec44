"""Destructive acts ask once, and name what will happen."""

from collections.abc import Callable
from typing import Any

import streamlit as st


def confirm_button(
    label: str,
    *,
    will: str,
    verb: str,
    key: str,
    on_confirm: Callable[..., Any],
    args: tuple[Any, ...] = (),
    icon: str | None = None,
    disabled: bool = False,
) -> None:
    """A button that opens a small panel: ``will`` says what happens, ``verb`` is the button that does it."""
    with st.popover(label, icon=f":material/{icon}:" if icon else None, key=f"ask-{key}", disabled=disabled):
        st.write(will)
        st.button(verb, type="primary", key=f"do-{key}", on_click=on_confirm, args=args)
