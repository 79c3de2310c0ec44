"""Many verdicts at once, each lead with its own result (SPEC 3.2)."""

from typing import Literal
from uuid import UUID

import streamlit as st

from core import leads
from dashboard.components import figures, page, pager, tables
from dashboard.components.reason import reason_button
from dashboard.current import act, read
from dashboard.live import say
from dashboard.shared.lead_filters import as_row

MOST = 50


def many(where: leads.LeadFilter, sort: leads.Sort, *, may_decide: bool) -> None:
    """A table to choose from, the two verdicts, and what became of each."""
    _results()
    rows = read(leads.queue, where=where, sort=sort, after=pager.cursor(of=(where, sort)), limit=MOST)
    if not rows:
        page.empty("Nothing waits", "A request appears here as soon as its sender confirms it by mail.", icon="task_alt")
        return
    acts = st.container(horizontal=True)  # above the table: a panel that opens has room below it
    picked = tables.table(
        [as_row(row) for row in rows],
        {
            "niche": tables.text("Niche"),
            "place": tables.text("Place"),
            "market": tables.text("Market"),
            "name": tables.text("Name"),
            "quality": tables.share("Quality", most=100, shown="%.0f", color="blue"),
            "fraud": tables.share("Fraud risk", shown="percent", color="orange"),
            "source": tables.text("Source"),
            "waited": tables.time("Confirmed"),
        },
        key="many",
        many=True,
        ids=[row.id for row in rows],
    )
    ids = [rows[at].id for at in picked]
    told = figures.count(len(ids), "lead")
    with acts:
        st.button(
            f"Approve {told}",
            type="primary",
            icon=":material/check:",
            disabled=not (ids and may_decide),
            on_click=_decide,
            args=("approve", ids, None),
        )
        reason_button(
            f"Reject {told}", will="", key="reject-many", on_reason=_decide, args=("reject", ids), icon="block",
            disabled=not (ids and may_decide), asks="Why", most=1000, long=True,
        )  # fmt: skip
    pager.pager(rows[-1].id, full=len(rows) == MOST)


def _decide(verb: Literal["approve", "reject"], ids: list[UUID], reason: str | None) -> None:
    results = act(leads.bulk, verb=verb, lead_ids=ids, reason=reason)
    if results is None:
        return
    st.session_state["reason-reject-many"] = ""
    done = sum(result.ok for result in results)
    say(f"{figures.count(done, 'lead')} {'approved' if verb == 'approve' else 'rejected'}, {len(results) - done} refused.")
    st.session_state["bulk-results"] = [result for result in results if not result.ok]


def _results() -> None:
    """The refused ones, each with its reason, until the next action."""
    refused: list[leads.BulkResult] = st.session_state.get("bulk-results", [])
    if not refused:
        return
    with st.container(border=True):
        st.markdown(f"**{figures.count(len(refused), 'lead')} refused**")
        for result in refused:
            st.markdown(f":red[:material/error:] {str(result.lead_id)[:8]}: {result.message}")
        st.button("Close", key="close-results", on_click=lambda: st.session_state.pop("bulk-results", None))
