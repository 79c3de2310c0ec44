"""Figures of the day in a row."""

from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, its unit in the value, and its trend when there is one; ``beside`` is what to hold it against.

    A trend of nothing but zeros is no line: it would be drawn across the middle.
    """

    label: str
    value: str
    help: str = ""
    trend: tuple[float, ...] = ()
    delta: str | None = None
    beside: str | None = None


def tiles(items: list[Tile], *, least: int = 150) -> None:
    """Draw them side by side, wrapping on a phone."""
    even = any(item.beside for item in items)
    with st.grid(min_column_width=least):
        for item in items:
            more: dict[str, Any] = {"chart_data": list(item.trend)} if len(item.trend) > 1 and any(item.trend) else {}
            if even:
                more["height"] = "stretch"
            if item.beside:
                more |= {"delta_color": "off", "delta_arrow": "off"}
            st.metric(item.label, item.value, delta=item.beside or item.delta, help=item.help or None, border=True, **more)
