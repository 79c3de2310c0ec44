"""Messages: every letter the exchange wrote and what became of it, the templates behind them, addresses we spare (SPEC 11)."""

import streamlit as st

from dashboard.admin import letters, suppressed, templates
from dashboard.components import page
from dashboard.current import CurrentUser


def show(user: CurrentUser) -> None:
    """Three tabs."""
    page.header("Messages", "Every letter the exchange wrote, what became of it, and the templates behind them.")
    names = ["Letters", "Templates", "Suppressed"]
    written, behind, spared = st.tabs(names, key="messages", bind="query-params", on_change="rerun")
    if written.open:
        with written:
            letters.letters()
    if behind.open:
        with behind:
            templates.templates(user)
    if spared.open:
        with spared:
            suppressed.suppressed()
