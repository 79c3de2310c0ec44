"""The buyers of a lead on its page: what they paid, what came of it, refunds by hand and credit to all (SPEC 7.4)."""

from uuid import UUID

import streamlit as st

from core import returns
from dashboard import navigation
from dashboard.components import figures, page, pills
from dashboard.components.reason import reason_button
from dashboard.components.verbatim import verbatim
from dashboard.current import act, read
from dashboard.live import fragment
from dashboard.shared import claim as told

CAUSES = {
    "refund": "credited after a report",
    "class_credit": "credited with every buyer",
    "overdue_credit": "credited, nobody had answered",
    "manual": "refunded by hand",
}


@fragment
def buyers(lead_id: UUID, *, may_act: bool) -> None:
    """Each sale with its state; the refund asks for its reason."""
    sales = read(returns.sales_of_lead, lead_id=lead_id)
    if not sales:
        page.empty(
            "Nobody has bought it", "Buyers appear here as the engine or the marketplace sells the lead.", icon="storefront"
        )
        return
    for sale in sales:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(_line(sale), width="stretch")
            if sale.claim_id:
                st.page_link(
                    navigation.target("bad-leads"),
                    label="The report",
                    icon=":material/flag:",
                    query_params={"claim": str(sale.claim_id)},
                )
            if may_act and sale.refunded_at is None and sale.claim_status not in returns.OPEN:
                _refund(sale)
    if may_act and any(sale.refunded_at is None for sale in sales):
        _credit_all(lead_id, sum(sale.refunded_at is None for sale in sales))


def _line(sale: returns.SaleView) -> str:
    state = pills.pill(sale.outcome or sale.decision or ("viewed" if sale.viewed_at else "new"))
    where = sale.level or "Marketplace"
    parts = [f"{figures.money(sale.price_cents)}, {where}, {figures.ago(sale.assigned_at)}"]
    if sale.claim_reason and sale.claim_status:
        parts.append(f"reported: {told.reason(sale.claim_reason).lower()}, {pills.word(sale.claim_status).lower()}")
    if sale.refund_cause:
        parts.append(f"{CAUSES[sale.refund_cause]} {figures.ago(sale.refunded_at)}")
    return f"**{verbatim(sale.company)}** {state}  \n:gray[{' · '.join(parts)}]"


def _refund(sale: returns.SaleView) -> None:
    will = f"{figures.money(sale.price_cents)} goes back to {verbatim(sale.company)}, once, and they are told by mail."
    reason_button(
        "Refund", will=will, verb=f"Refund {verbatim(sale.company)}", key=f"refund-{sale.assignment_id}", on_reason=_pay,
        args=(sale.assignment_id,), icon="currency_exchange", asks="Why, for the company", most=1000, long=True,
    )  # fmt: skip


def _pay(assignment_id: UUID, memo: str) -> None:
    act(returns.refund, assignment_id=assignment_id, memo=memo, said="Refunded. They were told by mail.")


def _credit_all(lead_id: UUID, holders: int) -> None:
    who = figures.count(holders, "company", "companies")
    will = f"The lead itself is bad: {who} get the price back and are told why, open reports are resolved, the sale ends."
    reason_button(
        "Credit every buyer", will=will, verb=f"Credit {who}", key="credit-all", on_reason=_credit, args=(lead_id,),
        icon="groups", asks="What is wrong with the lead, for the companies", most=1000, long=True,
    )  # fmt: skip


def _credit(lead_id: UUID, memo: str) -> None:
    act(returns.class_credit, lead_id=lead_id, memo=memo, said="Every buyer was credited.")
