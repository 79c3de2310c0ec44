"""What is open on the page, kept for its reruns: reading contact data is logged once, not on every press of a button."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import streamlit as st

T = TypeVar("T")


def opened(kind: str, key: UUID, load: Callable[[], T]) -> T:
    """The thing with this id, loaded when it was not the one open before."""
    slot = f"opened-{kind}"
    held = st.session_state.get(slot)
    if held is None or held[0] != key:
        held = (key, load())
        st.session_state[slot] = held
    value: T = held[1]
    return value


def param_id(name: str) -> UUID | None:
    """An id from the address; ``None`` when it is missing or is no id."""
    try:
        return UUID(st.query_params[name]) if name in st.query_params else None
    except ValueError:
        return None
