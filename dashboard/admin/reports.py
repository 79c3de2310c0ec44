"""Reports: what happened, as questions with charts; every figure with its meaning, every chart with its table (SPEC 12.1)."""

from collections.abc import Callable

import streamlit as st

from core import reports
from core.reports import FigureValue, Scope
from dashboard.admin import (
    report_coverage,
    report_engine,
    report_filters,
    report_outlook,
    report_places,
    report_sharing,
    report_steps,
)
from dashboard.components import figures, page
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser
from dashboard.live import fragment
from dashboard.shared.figure_words import amount, meaning
from dashboard.shared.filling import filling

# What each tab asks, and who may know; money and companies are not for scientists.
TABS: dict[str, tuple[Callable[[Scope], None], tuple[str, ...]]] = {
    "Where do leads get stuck?": (report_steps.funnel, ("admin", "analyst", "scientist")),
    "What comes in?": (report_steps.revenue, ("admin", "analyst")),
    "Is it fair?": (report_sharing.fairness, ("admin", "analyst")),
    "Where is supply and demand?": (report_places.places, ("admin", "analyst", "scientist")),
    "Is every ZIP served?": (report_coverage.coverage, ("admin", "analyst")),
    "How bad are bad leads?": (report_sharing.claims, ("admin", "analyst")),
    "Does distribution work?": (report_engine.distribution, ("admin", "analyst")),
    "What comes next?": (report_outlook.coming, ("admin", "analyst", "scientist")),
    "Every figure": (lambda scope: _figures(scope), ("admin", "analyst", "scientist")),
}
SHORT = {"review_p50": "Time to decide"}
FRONT = ("submitted", "approved", "distributed", "sold", "revenue", "net", "approval_rate", "review_p50")


def show(user: CurrentUser) -> None:
    """Filters, the figures that matter most, and one question at a time."""
    page.header("Reports", "What happened on the exchange: figures of the time you choose, and the questions behind them.")
    filling()
    _report(user)


@fragment
def _report(user: CurrentUser) -> None:
    scope = report_filters.filters()
    told = report_filters.report(reports.kpis, scope)
    _front(told.value.figures, scope)
    TABS[_question(user)][0](scope)
    report_filters.age(told.computed_at)


def _question(user: CurrentUser) -> str:
    """One of the questions that the role may ask; too many for a row of tabs, so they wrap, and scroll sideways on a phone."""
    asked = [name for name, (_, roles) in TABS.items() if user.role in roles]
    chosen = st.pills("Question", asked, default=asked[0], key="ask", bind="query-params", required=True, wrap=True)
    return chosen if chosen in asked else asked[0]


def _front(found: dict[str, FigureValue], scope: Scope) -> None:
    known = {figure.key: figure for figure in (*reports.KPIS, *reports.TIMES)}
    tiles(
        [
            Tile(
                SHORT.get(key, known[key].name),
                amount(known[key], found[key].value),
                help=f"{known[key].sentence} {known[key].formula}.",
                trend=tuple(value or 0.0 for value in found[key].trend),
                beside=_before(known[key], found[key]),
            )
            for key in FRONT
        ]
    )
    st.caption(
        f"{report_filters.words(scope)}, beside the {figures.count(scope.days, 'day')} before. Days are those of each market."
    )


def _before(figure: reports.Figure, value: FigureValue) -> str | None:
    return f"Before {amount(figure, value.previous)}" if value.previous is not None else None


def _figures(scope: Scope) -> None:
    """Each figure with what it means and how it is worked out."""
    found = report_filters.report(reports.kpis, scope).value.figures
    meaning([*reports.KPIS, *reports.TIMES], found)
