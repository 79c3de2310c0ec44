"""A company's own ceilings for the marketplace: what its people may spend in a day and in a month (SPEC 9.2)."""

import streamlit as st

from core import marketplace
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from core.marketplace import Ceilings
from dashboard import wording
from dashboard.components import figures, page
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say


@fragment
def ceilings() -> None:
    """What was spent under each ceiling, and the amounts to change."""
    held = read(marketplace.ceilings_of)
    page.section(
        "Ceilings", "What your company lets its people spend on the marketplace. Leads of subscriptions have caps of their own."
    )
    with st.container(key="ceilings"):
        left, right = st.columns(2, gap="large")
        with left:
            _spent("Today", held.spent_day_cents, held.day_cents)
            _spent("This month", held.spent_month_cents, held.month_cents)
            st.caption(f"Days and months in {figures.clock(held.timezone)}.")
        with right:
            _form(held)


def _spent(words: str, spent_cents: int, most_cents: int | None) -> None:
    """How much of a ceiling is used up."""
    if most_cents is None:
        st.markdown(f"**{words}** {figures.money(spent_cents)} :gray[no ceiling]")
        return
    left = figures.money(max(most_cents - spent_cents, 0))
    st.progress(
        min(spent_cents / most_cents, 1.0),
        f"**{words}** {figures.money(spent_cents)} of {figures.money(most_cents)}, {left} left",
    )


def ceilings_form(held: Ceilings) -> None:
    """The same amounts where they are met, beside the cart."""
    with st.expander("Spending ceilings", icon=":material/vertical_align_top:"):
        spent = f"Spent so far: {figures.money(held.spent_day_cents)} today, {figures.money(held.spent_month_cents)} this month"
        st.caption(f"{spent}, in {figures.clock(held.timezone)}.")
        _form(held)


def _form(held: Ceilings) -> None:
    """Two amounts, each may be empty."""
    with st.form("ceilings", border=False):
        left, right = st.columns(2)
        day = left.text_input("Per day", _shown(held.day_cents), placeholder="No ceiling", key="ceiling-day")
        month = right.text_input("Per month", _shown(held.month_cents), placeholder="No ceiling", key="ceiling-month")
        st.caption("Leave one empty for no ceiling.")
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
