"""Many answers at once, each report with its own result (SPEC 3.2)."""

from typing import Any, Literal
from uuid import UUID

import streamlit as st

from core import returns
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.reason import reason_button
from dashboard.current import act, read
from dashboard.live import say
from dashboard.shared import claim as told

MOST = 50


def many(where: dict[str, Any], *, may_decide: bool) -> None:
    """A table to choose from, the two answers, and what became of each."""
    _results()
    rows = read(returns.list_claims, **where, after_id=pager.cursor(of=where), limit=MOST)
    if not rows:
        page.empty("No report fits", "Reports appear here as companies make them, the most urgent first.", icon="task_alt")
        return
    acts = st.container(horizontal=True)  # above the table: a panel that opens has room below it
    picked = tables.table(
        [_line(row) for row in rows],
        {
            "company": tables.text("Company", width="medium"),
            "reason": tables.text("Reason"),
            "niche": tables.text("Niche"),
            "place": tables.text("Place"),
            "price": tables.money("Price"),
            "status": tables.text("Status"),
            "reported": tables.time("Reported"),
            "due": tables.time("Due"),
        },
        key="many-claims",
        many=True,
        ids=[row.id for row in rows],
    )
    ids = [rows[at].id for at in picked]
    number = figures.count(len(ids), "report")
    with acts:
        _answer("Approve", "approve", ids, number, able=may_decide, icon="check")
        _answer("Reject", "reject", ids, number, able=may_decide, icon="block")
    pager.pager(rows[-1].id, full=len(rows) == MOST)


def _answer(label: str, verb: Literal["approve", "reject"], ids: list[UUID], number: str, *, able: bool, icon: str) -> None:
    reason_button(
        f"{label} {number}", will="", key=f"{verb}-many", on_reason=_decide, args=(verb, ids), icon=icon,
        disabled=not (ids and able), asks="What the companies read", most=1000, long=True,
    )  # fmt: skip


def _line(row: returns.ClaimRow) -> dict[str, Any]:
    return {
        "company": row.company,
        "reason": told.reason(row.reason),
        "niche": row.niche,
        "place": figures.place(row.city, row.zip),
        "price": tables.dollars(row.price_cents),
        "status": pills.word(row.status),
        "reported": row.reported_at,
        "due": row.due_at,
    }


def _decide(verb: Literal["approve", "reject"], ids: list[UUID], memo: str) -> None:
    results = act(returns.bulk, verb=verb, claim_ids=ids, memo=memo)
    if results is None:
        return
    st.session_state[f"reason-{verb}-many"] = ""
    done = sum(result.ok for result in results)
    say(f"{figures.count(done, 'report')} {'approved' if verb == 'approve' else 'rejected'}, {len(results) - done} refused.")
    st.session_state["claims-refused"] = [result for result in results if not result.ok]


def _results() -> None:
    """The refused ones, each with its reason, until the next action."""
    refused: list[returns.BulkResult] = st.session_state.get("claims-refused", [])
    if not refused:
        return
    with st.container(border=True):
        st.markdown(f"**{figures.count(len(refused), 'report')} refused**")
        for result in refused:
            st.markdown(f":red[:material/error:] {str(result.claim_id)[:8]}: {result.message}")
        st.button("Close", key="close-results", on_click=lambda: st.session_state.pop("claims-refused", None))
