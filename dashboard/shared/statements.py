"""A wallet's statements: one line a month, to open, print or take as a file (SPEC 6.5)."""

from uuid import UUID

import streamlit as st

from core import ledger
from dashboard.components import figures, page, tables
from dashboard.current import read
from dashboard.live import fragment
from dashboard.shared.wallet import download, kind_word

SHOWN = 24


@fragment
def statements(provider_id: UUID) -> None:
    """The month chosen, with its sums by kind, and the way to paper."""
    months = read(ledger.statement_months, provider_id=provider_id)[:SHOWN]
    names = {f"{month:%Y-%m}": month for month in months}
    chosen = st.selectbox(
        "Month", list(names), index=min(1, len(names) - 1), format_func=lambda name: f"{names[name]:%B %Y}", key="month",
        bind="query-params", width=220,
    )  # fmt: skip
    month = names.get(str(chosen), months[0])
    told = read(ledger.statement, provider_id=provider_id, month=month)
    running = "" if told.complete else " :orange[This month is still running.]"
    st.markdown(
        f":gray[{figures.day(told.since)} to the end of the month, days and times in {figures.clock(told.zone)}.]{running}"
    )
    with st.container(horizontal=True):
        address = f"/money/statements/{month:%Y-%m}?provider={provider_id}"
        st.link_button("Open to print", address, icon=":material/print:", type="primary", key="print")
        download("Every movement as CSV", f"/money/statements/{month:%Y-%m}/movements.csv", provider=str(provider_id))
    page.facts(
        [
            ("Opening balance", figures.money(told.opening_cents)),
            ("In", figures.money(told.in_cents)),
            ("Out", figures.money(told.out_cents)),
            ("Closing balance", figures.money(told.closing_cents)),
        ],
        columns=2,
    )
    _by_kind(told)


def _by_kind(told: ledger.Statement) -> None:
    if not told.kinds:
        page.empty("A quiet month", "Nothing moved in this wallet.", icon="event_busy")
        return
    tables.table(
        [
            {
                "kind": kind_word(kind.kind),
                "movements": kind.movements,
                "in": tables.dollars(kind.in_cents or None),
                "out": tables.dollars(kind.out_cents or None),
            }
            for kind in told.kinds
        ],
        {
            "kind": tables.text("What"),
            "movements": tables.number("Movements"),
            "in": tables.money("In"),
            "out": tables.money("Out"),
        },
        key="statement",
    )
