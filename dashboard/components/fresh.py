"""Forms that are empty again once what they asked for is done, and keep every word while it is refused."""

import streamlit as st


def key(form: str) -> str:
    """The key of the form as it is now; its fields have keys of their own below it, or none."""
    turn = st.session_state.get(_slot(form), 0)
    return f"{form}-{turn}" if turn else form


def done(form: str) -> None:
    """Begin the form anew: what was typed is done. A panel with this key closes."""
    st.session_state[_slot(form)] = st.session_state.get(_slot(form), 0) + 1


def _slot(form: str) -> str:
    return f"turns-of-{form}"
