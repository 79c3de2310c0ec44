"""A list beside a detail: each row opens one thing, and the address says which."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import streamlit as st

from dashboard.components.verbatim import verbatim


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is, a second line, and a pill in markdown."""

    id: str
    title: str
    detail: str = ""
    pill: str = ""


def rail(rows: Sequence[Row], *, opened: str | None, param: str, key: str) -> None:
    """Draw the rows; a click puts the row's id into the address as ``param``."""
    with st.container(key=f"rail-{key}", gap=None):
        for row in rows:
            mark = "on" if row.id == opened else "off"
            with st.container(key=f"row-{mark}-{key}-{row.id}", gap=None):
                st.button(
                    _label(row),
                    key=f"open-{key}-{row.id}",
                    type="tertiary",
                    width="stretch",
                    wrap=True,
                    on_click=_open,
                    args=(param, row.id),
                )


def _label(row: Row) -> str:
    lines = [f"**{verbatim(row.title)}** {row.pill}".strip()]
    if row.detail:
        lines.append(f":gray[{verbatim(row.detail)}]")
    return "  \n".join(lines)


def _open(param: str, row_id: str) -> None:
    st.query_params[param] = row_id


def row_after(opened: UUID, queue: list[UUID]) -> UUID | None:
    """What opens after this one: the row below it, or the first when it is the last or not in the list."""
    others = [other for other in queue if other != opened]
    if opened not in queue:
        return others[0] if others else None
    at = queue.index(opened)
    return queue[at + 1] if at + 1 < len(queue) else (others[0] if others else None)
