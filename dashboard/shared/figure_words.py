"""A figure as people read it, and the table that says what each one means."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.reports import Figure, FigureValue
from dashboard.components import figures, tables


def amount(figure: Figure, value: float | None) -> str:
    """The value with its unit: ``$1,240.50``, ``42.5%``, ``3 h``, ``1,204``."""
    if figure.comes_with:
        return "Later"
    if value is None:
        return figures.DASH
    if figure.unit == "cents":
        return figures.money(round(value))
    if figure.unit == "share":
        return figures.percent(value, 1)
    if figure.unit == "seconds":
        return f"{1000 * value:.0f} ms" if 0 < value < 1 else figures.duration(value)
    if figure.unit == "stars":
        return f"{value:.1f} of 5"
    if figure.unit in ("per lead", "people"):
        return f"{value:.1f}".removesuffix(".0") if figure.unit == "people" else f"{value:.1f}"
    return f"{value:,.0f}"


def meaning(known: Sequence[Figure], found: Mapping[str, FigureValue], *, key: str) -> None:
    """What each figure is, how it is worked out, from what, and what it should be."""
    rows = [
        {
            "figure": figure.name,
            "now": amount(figure, found[figure.key].value),
            "before": amount(figure, found[figure.key].previous) if not figure.comes_with else None,
            "target": amount(figure, found[figure.key].target) if figure.target else None,
            "state": found[figure.key].state or "Measured",
            "sentence": figure.sentence,
            "formula": figure.formula,
            "source": figure.source,
        }
        for figure in known
    ]
    columns = {
        "figure": tables.text("Figure"),
        "now": tables.text("Now"),
        "before": tables.text("Before"),
        "target": tables.text("Target"),
        "state": tables.text("State"),
        "sentence": tables.text("What it says", width=520),
        "formula": tables.text("How it is worked out", width="large"),
        "source": tables.text("From"),
    }
    shown = {name: column for name, column in columns.items() if any(row[name] is not None for row in rows)}
    tables.table(rows, shown, key=key)
    with st.expander("As SQL", icon=":material/code:"):
        st.caption("Counts are columns of report_hour, which report_events in 18_reports.sql makes from the rows themselves.")
        st.code("\n\n".join(f"-- {figure.name}\n{figure.sql.strip()}" for figure in known if figure.sql), language="sql")
