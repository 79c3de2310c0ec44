"""Capacity: what this exchange's own day needs, and a day that somebody thinks of (docs/scaling.md)."""

import streamlit as st

from core import ops
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read
from dashboard.live import fragment

# Each input: its words, what it counts, the step of its buttons, the most that the page offers.
INPUTS = {
    "sales_per_lead": ("Sales of a lead", "By distribution and on the marketplace", 0.5, 100.0),
    "searches_per_lead": ("Searches for each lead", "Of the marketplace, by everybody together", 1.0, 1_000.0),
    "inbox_per_sale": (
        "Inbox pages for each sale",
        "How often a company opens its inbox, counted by what it bought",
        1.0,
        1_000.0,
    ),
    "peak": ("Busiest to mean", "How much busier the busiest minutes are than the day's mean", 0.5, 100.0),
}
PIECES = {"lead": "A lead by the form", "sale": "A sale", "search": "A search", "inbox": "A page of an inbox"}


@fragment
def capacity() -> None:
    """Inputs that begin with what was seen here, what such a day needs, and the costs it is the sum of."""
    usual = read(ops.outlook, asked={})
    page.section("What does a day need?", f"{_seen(usual.seen)} Change a figure to see what another day would need.")
    found = read(ops.outlook, asked=_asked(usual.day))
    _needs(found.need)
    st.markdown(f"**Next step:** {found.need.next_step}. Each is described in docs/scaling.md.")
    page.section(
        "What it is the sum of",
        "Processor time and disk of each piece of work, measured by `hotleads bench capacity`. Pages in a browser, reports,"
        " sources, training and backups are not in it.",
    )
    tables.table([_cost(kind, cost, found.day) for kind, cost in ops.COSTS.items()], COLUMNS, key="capacity-costs")


def _seen(seen: ops.Day | None) -> str:
    if seen is None:
        return "No lead came in four weeks, so this begins with figures of the model."
    return (
        f"In the last four weeks there were {figures.count(seen.leads, 'lead')} a day here, {seen.sales_per_lead:g} sales and"
        f" {seen.searches_per_lead:g} searches for each."
    )


def _asked(usual: ops.Day) -> dict[str, float]:
    """The day in the inputs, which the address keeps."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked: dict[str, float] = {
            "leads": st.number_input("Leads a day", 1, 10_000_000, usual.leads, key="day-leads", bind="query-params", width=180)
        }
        for name, (label, told, step, most) in INPUTS.items():
            least = float(ops.BOUNDS[name][0])
            value = min(float(getattr(usual, name)), most)
            asked[name] = st.number_input(
                label, least, most, value, step, "%g", help=told, key=f"day-{name}", bind="query-params", width=180
            )
    return asked


def _needs(need: ops.Capacity) -> None:
    busy = "busy to one half in the busiest minutes"
    tiles(
        [
            Tile("Leads a second, at most", _some(need.leads_per_s)),
            Tile("Cores for web", _some(need.web_cores), busy, beside=figures.count(need.web_processes, "process", "processes")),
            Tile(
                "Cores for workers", _some(need.worker_cores), busy,
                beside=figures.count(need.worker_processes, "process", "processes"),
            ),
            Tile("Cores for PostgreSQL", _some(need.database_cores), busy, beside=figures.count(need.connections, "connection")),
            Tile("Disk in a year", f"{need.disk_gb_per_year:,g} GB", "Without backups and the log"),
        ],
        least=190,
    )  # fmt: skip


def _some(need: float) -> str:
    """``0.35``; what is rounded away is little, not nothing."""
    return f"{need:,g}" if need else "< 0.01"


COLUMNS = {
    "piece": tables.text("Piece of work"),
    "times": tables.number("Times a day"),
    "web": tables.text("Web"),
    "worker": tables.text("Worker"),
    "database": tables.text("PostgreSQL"),
    "disk": tables.text("On the disk"),
}


def _cost(kind: str, cost: ops.Cost, day: ops.Day) -> tables.Row:
    return {
        "piece": PIECES[kind],
        "times": round(day.counts()[kind]),
        "web": _ms(cost.web_ms),
        "worker": _ms(cost.worker_ms),
        "database": _ms(cost.database_ms),
        "disk": f"{cost.bytes / 1e3:g} kB" if cost.bytes else figures.DASH,
    }


def _ms(cost: float) -> str:
    return f"{cost:g} ms" if cost else figures.DASH
