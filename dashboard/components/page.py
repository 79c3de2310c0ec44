"""The top of every page, its empty states and its small parts."""

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard import navigation
from dashboard.components.verbatim import verbatim


def header(title: str, sentence: str, *, pill: str = "") -> Any:
    """Title, the one sentence that says what the page is for; returns the place of the main action, at the right.

    Both are shown as they are: they may name people and companies. The pill is Markdown.
    """
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="hl-header")
    with row:
        with st.container(width="stretch", gap=None):
            st.title(verbatim(title), anchor=False)
            told = f":gray[{verbatim(sentence)}]"
            st.markdown(f"{pill} {told}" if pill else told, anchors=False)
        return st.container(horizontal=True, width="content", vertical_alignment="center")


def back(path: str, label: str, **query: str) -> None:
    """The way back to a list."""
    st.page_link(navigation.target(path), label=label, icon=":material/arrow_back:", query_params=query)


def forward(path: str, label: str, **query: str) -> None:
    """The way on to another page."""
    st.page_link(navigation.target(path), label=label, icon=":material/arrow_forward:", query_params=query)


def section(title: str, sentence: str = "") -> None:
    """A heading inside a page."""
    st.subheader(verbatim(title), anchor=False)
    if sentence:
        st.caption(sentence)


def empty(title: str, how: str, *, icon: str = "inbox", action: Callable[[], None] | None = None) -> None:
    """Nothing here yet, and how it fills."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.markdown(f"#### :material/{icon}: {title}", text_alignment="center", anchors=False)
        st.markdown(f":gray[{how}]", text_alignment="center")
        if action:
            action()


def facts(pairs: list[tuple[str, str | None]], *, columns: int = 1) -> None:
    """Labels and values, as a list that reads down; values are plain text unless they come from ``figures.time_tag``.

    What is markup says so by its type and never by how it begins: people write values, too.
    """
    rows = "".join(f"<div><dt>{escape(label)}</dt><dd>{_value(value)}</dd></div>" for label, value in pairs)
    st.html(f'<dl class="hl-facts hl-cols-{columns}">{rows}</dl>')


def _value(value: str | None) -> str:
    if value is None or value == "":
        return "–"
    return value if isinstance(value, Markup) else escape(value)
