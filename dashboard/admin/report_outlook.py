"""What comes next? Requests of the coming weeks with the range they will lie in (SPEC 10)."""

import streamlit as st

from core.reports import Scope
from dashboard.components import charts, figures, page, tables
from dashboard.current import read
from ml.trend import MarketOutlook, outlook

SHOWN = 26  # weeks before now
COLUMNS = {
    "week": tables.text("Week from"),
    "expected": tables.number("Expected requests"),
    "low": tables.number("At least"),
    "high": tables.number("At most"),
}


def coming(scope: Scope) -> None:
    """The weeks so far and four ahead, of the market and niche chosen above."""
    found = read(outlook, scope=scope)
    if not found.ahead:
        how = f"{len(found.weeks)} whole weeks have had requests; a forecast needs six. Choose all markets and niches, or wait."
        page.empty("Too few weeks yet", how, icon="hourglass_top")
        return
    rows = [
        {"week": figures.day(week), "expected": round(each.expected), "low": round(each.low), "high": round(each.high)}
        for week, each in found.ahead
    ]
    charts.with_table("How many requests will come?", "Whole weeks, Monday to Sunday", rows, COLUMNS, name="outlook")
    past = [(week, float(count)) for week, count in found.weeks[-SHOWN:]]
    charts.outlook(past, [(week, each.expected, each.low, each.high) for week, each in found.ahead], key="outlook")
    tables.table(rows, COLUMNS, key="outlook-rows")
    st.caption("The range holds four times in five when the coming weeks are like those so far." + _missed(found))


def _missed(found: MarketOutlook) -> str:
    """How such forecasts did on the weeks that are over."""
    if not found.missed:
        return ""
    model, rule = (figures.percent(found.missed[who]) for who in ("model", "rule"))
    return (
        f" Made four weeks ahead in the past, they missed by {model} of requests; taking the last four weeks "
        f"for granted missed by {rule}."
    )
