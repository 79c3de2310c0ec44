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


def table(
    rows: Sequence[Row],
    columns: dict[str, Any],
    *,
    key: str,
    opens: bool = False,
    many: bool = False,
    ids: Sequence[object] = (),
) -> list[int]:
    """Draw rows; returns the positions selected (at most one with ``opens``, any number with ``many``).

    ``ids``, for rows that come and go: what is selected stays selected wherever it stands now, and nothing takes its place.
    """
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
    if ids:
        _follow(key, [str(each) for each in ids])
    chosen = st.dataframe(frame, on_select="rerun", selection_mode="multi-row" if many else "single-row", **shown)
    return list(chosen.selection.rows)


def opened(rows: Sequence[Row], columns: dict[str, Any], *, ids: Sequence[object], key: str, param: str) -> int | None:
    """A table of which one row opens below it, kept in the address as ``param``; the place of that row, if it is here.

    A reload, a link and the browser's way back open the same row again, ticked.
    """
    names = [str(each) for each in ids]
    slot, wanted = f"opened-{param}", st.query_params.get(param)
    if st.session_state.get(slot) != wanted:
        _select(key, [names.index(wanted)] if wanted in names else [])
        st.session_state[f"rows-of-{key}"] = names
        st.session_state[slot] = wanted
    picked = table(rows, columns, key=key, opens=True, ids=names)
    now = names[picked[0]] if picked else None
    if now != wanted and (now or wanted in names):
        st.session_state[slot] = now
        if now:
            st.query_params[param] = now
        else:
            st.query_params.pop(param, None)
    return picked[0] if picked else None


def _follow(key: str, ids: list[str]) -> None:
    """Streamlit remembers the places that are selected, not what stands there: when the rows change, move the selection with
    them, or a second press would decide about their neighbours."""
    slot = f"rows-of-{key}"
    before: list[str] = st.session_state.get(slot, ids)
    st.session_state[slot] = ids
    if before == ids or key not in st.session_state:
        return
    chosen = {before[at] for at in st.session_state[key]["selection"]["rows"] if at < len(before)}
    _select(key, [at for at, each in enumerate(ids) if each in chosen])


def _select(key: str, rows: list[int]) -> None:
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
