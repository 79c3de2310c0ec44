"""A figure as people read it, and the table that says what each one means."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.reports import Figure, FigureValue
from dashboard.components import figures
from dashboard.components.wrapped import wrapped


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


def meaning(known: Sequence[Figure], found: Mapping[str, FigureValue]) -> None:
    """What each figure is, how it is worked out, from what, and what it should be."""
    rows = [
        {
            "figure": figure.name,
            "now": amount(figure, found[figure.key].value),
            "before": amount(figure, found[figure.key].previous) if not figure.comes_with else None,
            "target": amount(figure, found[figure.key].target) if figure.target else None,
            "state": found[figure.key].state,
            "sentence": figure.sentence,
            "formula": f"{figure.formula[:1].upper()}{figure.formula[1:]}. From {figure.source}.",
        }
        for figure in known
    ]
    columns = {
        "figure": "Figure",
        "now": "Now",
        "before": "Before",
        "target": "Target",
        "state": "State",
        "sentence": "What it says",
        "formula": "How it is worked out",
    }
    shown = {name: title for name, title in columns.items() if any(row[name] for row in rows)}
    wrapped(rows, shown, label="What each figure means", wide=("sentence", "formula"))
    with st.expander("As SQL", icon=":material/code:"):
        st.caption("Counts are columns of report_hour, which report_events in 18_reports.sql makes from the rows themselves.")
        st.code("\n\n".join(f"-- {figure.name}\n{figure.sql.strip()}" for figure in known if figure.sql), language="sql")
