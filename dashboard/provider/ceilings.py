"""A company's own ceilings for the marketplace: what its people may spend in a day and in a month (SPEC 9.2)."""

import streamlit as st

from core import marketplace
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from core.marketplace import Ceilings
from dashboard import wording
from dashboard.components import figures
from dashboard.current import attempt
from dashboard.live import again, say


def ceilings_form(held: Ceilings) -> None:
    """Two amounts, each may be empty, and what was spent under them."""
    with st.expander("Spending ceilings", icon=":material/vertical_align_top:"), st.form("ceilings", border=False):
        st.caption("What your company may spend on the marketplace. Leave one empty for no ceiling.")
        left, right = st.columns(2)
        day = left.text_input("Per day", _shown(held.day_cents), placeholder="No ceiling", key="ceiling-day")
        month = right.text_input("Per month", _shown(held.month_cents), placeholder="No ceiling", key="ceiling-month")
        spent = f"Spent so far: {figures.money(held.spent_day_cents)} today, {figures.money(held.spent_month_cents)} this month"
        st.caption(f"{spent}, by the clock of {held.timezone.replace('_', ' ')}.")
        if st.form_submit_button("Save the ceilings"):
            _save(day or "", month or "")


def _save(day: str, month: str) -> None:
    try:
        cents = {"day_cents": _cents(day), "month_cents": _cents(month)}
    except HotleadsError as error:
        wording.show(error)
        return
    saved = attempt(marketplace.set_ceilings, **cents)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say("The ceilings are saved.")
    again()


def _cents(entered: str) -> int | None:
    return parse_usd(entered) if entered.strip() else None


def _shown(cents: int | None) -> str:
    return "" if cents is None else figures.money(cents)
