"""Supply and demand on the map, with the same rows beside it."""

import streamlit as st

from core import reports
from core.kit.lengths import SQUARE_MILE_KM2
from core.reports import Place, Scope
from dashboard.admin.report_filters import report, words
from dashboard.components import charts, page, tables
from dashboard.components.regions import regions
from dashboard.current import read

SHADES = {"Leads": "approved", "Sales": "sold", "Buyers": "buyers", "Leads per square mile": "per_square_mile"}


def places(scope: Scope) -> None:
    """Shaded ZIPs, and where leads find no buyer."""
    rows: tuple[Place, ...] = report(reports.places, scope).value.rows
    if not rows:
        page.empty("No markets yet", "An administrator adds the first market.", icon="map")
        return
    shade = st.segmented_control(
        "Shade by", list(SHADES), default="Leads", key="shade", bind="query-params", required=True, label_visibility="collapsed"
    )
    told = [
        {"zip": row.zip, "city": row.city, "market": row.market, "approved": row.approved, "sold": row.sold, "buyers": row.buyers,
         "revenue": tables.dollars(row.revenue_cents)}
        for row in rows if row.approved or row.sold
    ]  # fmt: skip
    columns = {"zip": tables.text("ZIP"), "city": tables.text("City"), "market": tables.text("Market"),
               "approved": tables.number("Leads"), "sold": tables.number("Sales"), "buyers": tables.number("Buyers now"),
               "revenue": tables.money("Revenue")}  # fmt: skip
    charts.with_table("Where do leads come from, and where are buyers?", words(scope), told, columns, name="places")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        mapped = _market(rows)
        shapes = read(reports.place_shapes, rows=mapped)
        for feature in shapes["features"]:
            facts = feature["properties"]
            facts["per_square_mile"] = round(facts["per_square_km"] * SQUARE_MILE_KM2, 2)
        seen = "{zip} {city}\n{approved} leads, {sold} sales, {buyers} buyers"
        regions(shapes, of=SHADES.get(str(shade), "approved"), words=seen, key=f"places-{shade}-{mapped[0].market_id}")
    with right:
        st.markdown("**Where are leads without enough buyers?**")
        short = sorted((row for row in rows if row.approved), key=lambda row: (row.buyers, -row.approved))[:12]
        tables.table(
            [{"zip": row.zip, "city": row.city, "approved": row.approved, "buyers": row.buyers} for row in short],
            {name: columns[name] for name in ("zip", "city", "approved", "buyers")},
            key="short-places",
        )


def _market(rows: tuple[Place, ...]) -> tuple[Place, ...]:
    """The rows of the market to draw: one at a time, since they lie far apart."""
    names = list(dict.fromkeys(row.market for row in rows))
    if len(names) == 1:
        return rows
    name = st.selectbox("Map of", names, key="map-of", bind="query-params", width=240)
    return tuple(row for row in rows if row.market == name)
