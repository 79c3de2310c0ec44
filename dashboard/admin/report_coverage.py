"""Whether every ZIP is served, and which areas have holes in them (fair housing)."""

import streamlit as st

from core import reports
from core.reports import Coverage, Scope
from dashboard.admin.report_filters import report
from dashboard.components import page, tables

FEW = 12


def coverage(scope: Scope) -> None:
    """Markets with ZIPs that nobody serves; companies that leave out a ZIP in the midst of those they serve."""
    found: Coverage = report(reports.coverage, scope).value
    if not found.markets:
        page.empty("No markets yet", "An administrator adds the first market.", icon="map")
        return
    told = [
        {"market": each.market, "zips": each.zips, "unserved": len(each.unserved), "share": each.share,
         "leads": each.leads_unserved, "which": _some(each.unserved)}
        for each in found.markets
    ]  # fmt: skip
    columns = {"market": tables.text("Market"), "zips": tables.number("ZIPs"), "unserved": tables.number("Nobody serves"),
               "share": tables.number("Share", shown="percent"), "leads": tables.number("Leads"),
               "which": tables.text("Which")}  # fmt: skip
    st.markdown("**Which ZIPs does nobody serve?**")
    tables.table(told, columns, key="coverage")
    st.markdown("**Which companies leave out a ZIP that they serve all around?**")
    st.caption("Leaving out a neighborhood can be redlining. A hole is a reason to ask the company, not a verdict.")
    if not found.holes:
        page.empty("No holes", "No company leaves out a ZIP in the midst of those it serves.", icon="check_circle")
        return
    tables.table(
        [{"company": each.company, "market": each.market, "served": each.served, "left_out": len(each.left_out),
          "which": _some(each.left_out)} for each in found.holes],
        {"company": tables.text("Company"), "market": tables.text("Market"), "served": tables.number("ZIPs served"),
         "left_out": tables.number("Left out"), "which": tables.text("Which")},
        key="holes",
    )  # fmt: skip


def _some(zips: tuple[str, ...]) -> str:
    rest = f" and {len(zips) - FEW} more" if len(zips) > FEW else ""
    return ", ".join(zips[:FEW]) + rest
