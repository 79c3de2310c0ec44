"""What the engine did: runs, sales per lead, and why candidates were passed over."""

from core import reports
from core.reports import EngineReport, Scope
from dashboard.admin.report_filters import report, words
from dashboard.components import charts, figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.shared.runs import reason


def distribution(scope: Scope) -> None:
    """Figures of the runs, sales per run, and the reasons."""
    found: EngineReport = report(reports.distribution, scope).value
    if not found.runs:
        page.empty("No runs in this time", "Each approved lead is distributed at once, which is a run.", icon="fork_right")
        return
    tiles(
        [
            Tile("Runs", f"{found.runs:,}"),
            Tile("Sold to nobody", f"{found.empty:,}", help="Finished without a sale"),
            Tile("Failed", f"{found.failed:,}"),
            Tile("Sales per run", f"{found.sales / found.runs:.1f}"),
            Tile("Looked at per run", f"{found.looked_at / found.runs:.1f}", help="Subscriptions"),
            Tile("Median duration", _ms(found.p50_ms)),
            Tile("95 of 100 within", _ms(found.p95_ms)),
        ]
    )
    rows = [{"sales": figures.count(n, "sale"), "runs": runs} for n, runs in found.by_sales.items()]
    columns = {"sales": tables.text("Sales"), "runs": tables.number("Runs")}
    charts.with_table("How often is a lead sold?", words(scope), rows, columns, name="sales-per-run")
    charts.ranked([(figures.count(n, "sale"), runs, f"{runs:,}") for n, runs in found.by_sales.items()], key="run-bars")
    reasons = [(reason(code), count, f"{count:,}") for code, count in list(found.skips.items())[:12]]
    told = [{"reason": reason(code), "times": count} for code, count in found.skips.items()]
    columns = {"reason": tables.text("Reason", width="large"), "times": tables.number("Times")}
    charts.with_table("Why are buyers passed over?", words(scope), told, columns, name="skips")
    charts.ranked(reasons, key="skip-bars", tone="neutral")


def _ms(value: float | None) -> str:
    return figures.DASH if value is None else f"{value:.1f} ms"
