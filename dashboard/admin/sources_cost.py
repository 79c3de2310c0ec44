"""What a source costs, and what one of its leads costs (SPEC 8.6)."""

from datetime import timedelta
from uuid import UUID

import streamlit as st

from core import sourcing
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.admin.sources_words import last_days
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, attempt, read
from dashboard.live import again, fragment, say

KINDS = {"monthly": "Each month", "per_lead": "For each lead", "once": "Once"}
COLUMNS = {
    "kind": tables.text("Paid"),
    "amount": tables.money("Amount"),
    "from": tables.text("From"),
    "to": tables.text("Until"),
    "note": tables.text("Note", width="large"),
    "by": tables.text("Entered by"),
}


@fragment
def costs(source_id: UUID, *, may_act: bool) -> None:
    """Entries, and what they come to over the last 30 days."""
    since, until = last_days(30)
    ours = next(row for row in read(sourcing.quality_by_source, since=since, until=until) if row.source_id == source_id)
    tiles(
        [
            Tile("Cost, 30 days", figures.money(ours.cost_cents)),
            Tile("Approved, 30 days", f"{ours.approved:,}"),
            Tile("Cost per lead", figures.money(ours.cost_per_lead_cents)),
        ]
    )
    found = read(sourcing.costs_of, source_id=source_id)
    if not found:
        page.empty(
            "No costs entered", "Enter what the source is paid; every report of cost per lead is made of it.", icon="payments"
        )
    else:
        picked = tables.table([_row(row) for row in found], COLUMNS, key="costs", opens=may_act)
        if picked and found[picked[0]].ends_on is None and found[picked[0]].kind != "once":
            yesterday = utc_now().date() - timedelta(days=1)
            st.button(
                "End it with yesterday",
                icon=":material/event_busy:",
                key="end-cost",
                on_click=act,
                args=(sourcing.end_cost,),
                kwargs={"cost_id": found[picked[0]].id, "ends_on": yesterday, "said": "It has ended."},
            )
    if may_act:
        with st.expander("Enter a cost", icon=":material/add:"):
            _form(source_id)


def _row(row: sourcing.CostRow) -> tables.Row:
    return {
        "kind": KINDS[row.kind],
        "amount": tables.dollars(row.amount_cents),
        "from": figures.day(row.starts_on),
        "to": figures.day(row.ends_on) if row.ends_on else "",
        "note": row.note,
        "by": row.entered_by,
    }


def _form(source_id: UUID) -> None:
    with st.form(f"cost-{source_id}", border=False):
        kind = st.radio("Paid", list(KINDS), format_func=lambda key: KINDS[key], horizontal=True)
        amount = st.number_input(
            "Amount in dollars", min_value=0.01, max_value=1_000_000.0, value=None, step=1.0, format="%.2f", width=200
        )
        starts = st.date_input("From", format="MM/DD/YYYY", value=utc_now().date(), width=200)
        note = st.text_input("Note", max_chars=200)
        if st.form_submit_button("Enter the cost", type="primary"):
            cents = round((amount or 0) * 100)
            saved = attempt(
                sourcing.add_cost, source_id=source_id, kind=kind, amount_cents=cents, starts_on=starts, note=note or ""
            )
            if isinstance(saved, HotleadsError):
                wording.show(saved)
                return
            say("The cost is entered.")
            again()
