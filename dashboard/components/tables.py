"""One way to draw a table: full width, numbers right, money with its currency, times relative, rows that open."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard.current import zone_of_browser

Row = dict[str, Any]


def text(label: str, **more: Any) -> Any:
    """A column of words."""
    return st.column_config.TextColumn(label, **more)


def number(label: str, *, shown: str = "localized", **more: Any) -> Any:
    """A column of figures."""
    return st.column_config.NumberColumn(label, format=shown, **more)


def money(label: str, **more: Any) -> Any:
    """A column of cents, shown as dollars (give the cell ``dollars(cents)``)."""
    return st.column_config.NumberColumn(label, format="dollar", **more)


def time(label: str, *, relative: bool = True, **more: Any) -> Any:
    """A column of moments: relative in lists, exact otherwise, in the reader's own zone."""
    shown = "distance" if relative else "ddd D MMM YYYY, HH:mm"
    return st.column_config.DatetimeColumn(label, format=shown, timezone=zone_of_browser(), **more)


def share(label: str, *, most: float = 1.0, shown: str = "percent", **more: Any) -> Any:
    """A column of bars from nothing to ``most``."""
    return st.column_config.ProgressColumn(label, min_value=0, max_value=most, format=shown, **{"color": "blue"} | more)


def dollars(cents: int | None) -> float | None:
    """Cents as the number a money column shows (display only; money itself stays integer cents)."""
    return None if cents is None else cents / 100


def frame_of(rows: Sequence[Row], columns: Iterable[str]) -> pd.DataFrame:
    """Rows as a frame; moments in Arrow's own type, which reaches the browser with its zone and without a detour."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            frame[name] = frame[name].astype(pd.ArrowDtype(pa.timestamp("us", "UTC")))
    return frame


def table(rows: Sequence[Row], columns: dict[str, Any], *, key: str, opens: bool = False, many: bool = False) -> list[int]:
    """Draw rows; returns the positions selected (at most one with ``opens``, any number with ``many``)."""
    frame = frame_of(rows, columns)
    for name, column in columns.items():
        if column.get("type_config", {}).get("format") == "percent":
            frame[name] = frame[name].astype(float).round(3)  # one place after the point, not two
    shown: dict[str, Any] = {
        "hide_index": True,
        "column_config": columns,
        "width": "stretch",
        "placeholder": "–",
        "height": "content" if len(rows) <= 12 else 460,
        "key": key,
    }
    if not (opens or many):
        st.dataframe(frame, **shown)
        return []
    chosen = st.dataframe(frame, on_select="rerun", selection_mode="multi-row" if many else "single-row", **shown)
    return list(chosen.selection.rows)
