"""Older and newer: paging by key, so a list that grows never shows a row twice."""

from uuid import UUID

import streamlit as st

from dashboard.components.opened import param_id

PAGE = 25


def cursor(name: str = "before", *, of: object = None) -> UUID | None:
    """The id the page starts before, from the address.

    ``of``: what the list was asked for. When somebody asks for something else, the place in the list means nothing any more:
    it begins at its newest again, or what fits best would lie out of sight before it.
    """
    slot, asked = f"asked-{name}-{st.context.url}", repr(of)
    if st.session_state.get(slot, asked) != asked:
        first_page(name)
    st.session_state[slot] = asked
    return param_id(name)


def pager(last_id: UUID | str | None, *, full: bool, name: str = "before", labels: tuple[str, str] = ("Newer", "Older")) -> None:
    """Draw the two buttons; ``last_id`` is the last row shown or its cursor, ``full`` says that there may be more."""
    start = st.query_params.get(name) or None
    if start is None and not full:
        return
    trail: list[str] = st.session_state.setdefault(f"trail-{name}", [])
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(
            labels[0],
            icon=":material/chevron_left:",
            disabled=start is None,
            key=f"newer-{name}",
            on_click=_newer,
            args=(name, trail),
        )
        st.button(
            labels[1],
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=not full or last_id is None,
            key=f"older-{name}",
            on_click=_older,
            args=(name, trail, str(last_id)),
        )


def first_page(name: str = "before") -> None:
    """Begin at the newest again: for filters, whose change makes the place in the list meaningless."""
    st.query_params.pop(name, None)
    st.session_state.pop(f"trail-{name}", None)


def _older(name: str, trail: list[str], last_id: str) -> None:
    trail.append(st.query_params.get(name, ""))
    st.query_params[name] = last_id


def _newer(name: str, trail: list[str]) -> None:
    earlier = trail.pop() if trail else ""
    if earlier:
        st.query_params[name] = earlier
    else:
        st.query_params.pop(name, None)
