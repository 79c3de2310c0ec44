"""Success: how well the exchange does, each figure beside its target, in words (SPEC 12.2)."""

from dataclasses import replace

import streamlit as st

from core import reports
from core.reports import Figure, FigureValue
from dashboard.admin import report_filters
from dashboard.components import page, pills
from dashboard.current import CurrentUser
from dashboard.live import fragment
from dashboard.shared.figure_words import amount, meaning


def show(user: CurrentUser) -> None:
    """A card per figure, then all of them with their formulas."""
    page.header("Success", "How well the exchange does: each figure beside what it should be, and how it is worked out.")
    _success()


@fragment
def _success() -> None:
    scope = report_filters.filters()
    told = report_filters.report(reports.success, scope)
    with st.grid(min_column_width=220):
        for figure in reports.SUCCESS:
            _card(figure, told.value.figures[figure.key])
    st.caption(f"{report_filters.words(scope)}. Targets are settings of the business.")
    with st.expander("What each figure means", icon=":material/menu_book:"):
        meaning(reports.SUCCESS, told.value.figures)
    report_filters.age(told.computed_at)


def _card(figure: Figure, found: FigureValue) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"**{figure.name}**", help=f"{figure.sentence} {figure.formula}.", anchors=False)
        st.markdown(f"### {amount(figure, found.value) if found.value is not None else '–'}", anchors=False)
        st.markdown(_state(found))
        side = "at most" if figure.target and figure.target.better == "lower" else "at least"
        aim = f"Target: {side} {amount(replace(figure, comes_with=None), found.target)}" if found.target is not None else ""
        st.caption("  \n".join(part for part in (aim, found.detail) if part))


def _state(found: FigureValue) -> str:
    if found.good is None:
        return pills.tag(found.state, icon="schedule", tone="neutral")
    return pills.tag(found.state, icon="check_circle" if found.good else "error", tone="live" if found.good else "stopped")
