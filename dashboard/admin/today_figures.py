"""The day in six figures, each with its fortnight (SPEC 12.1)."""

from datetime import timedelta

from core import ops, reports
from dashboard.components import figures, page
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read

FORTNIGHT = 14
SHOWN = ("submitted", "confirmed", "approved", "sold", "revenue", "refunds")


def draw() -> None:
    """Today's value, the last two weeks as a line, and yesterday to hold it against."""
    page.section("The day so far")
    today = read(reports.scope_of).until
    day = read(reports.kpis, scope=read(reports.scope_of, since=today, until=today), refresh=True).value.figures
    before = today - timedelta(days=FORTNIGHT - 1)
    fortnight = read(reports.scope_of, since=before, until=today)
    weeks = read(reports.kpis, scope=fortnight, refresh=read(ops.demo_history) is not None).value.figures
    known = {figure.key: figure for figure in reports.KPIS}
    tiles(
        [
            Tile(
                known[key].name,
                _shown(day[key].value, known[key].unit),
                help=f"{known[key].sentence} The line is the last two weeks.",
                trend=tuple(value or 0.0 for value in weeks[key].trend),
                beside=f"{_shown(day[key].previous, known[key].unit)} yesterday",
            )
            for key in SHOWN
        ]
    )


def _shown(value: float | None, unit: str) -> str:
    return figures.money(round(value or 0)) if unit == "cents" else f"{value or 0:,.0f}"
