"""Deposits of every provider: what is paid, waits or failed (SPEC 6.5)."""

from datetime import datetime

import streamlit as st

from core import payments
from dashboard import navigation
from dashboard.components import page, pager, periods, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import read
from dashboard.live import fragment

STATUSES = ("pending", "completed", "failed")


@fragment
def payments_list() -> None:
    """Payments by status, time and provider; a row leads to the provider's wallet."""
    status, since = _filters()
    wanted = {"status": status, "since": since, "provider_id": param_id("of")}
    found = read(payments.all_payments, **wanted, before_id=pager.cursor("paid-before", of=wanted), limit=pager.PAGE)
    if not found:
        page.empty("No payment fits", "Deposits by card and PayPal appear here when they are started.", icon="payments")
        return
    chosen = tables.opened(
        [_line(one) for one in found],
        {
            "at": tables.time("Started", relative=False, width=152),
            "company": tables.text("Company", width=190),
            "how": tables.text("How", width=105),
            "status": tables.text("Status", width=90),
            "amount": tables.money("Amount", width=85),
            "bonus": tables.money("Bonus", width=70),
            "back": tables.money("Taken back", width=88),
            "note": tables.text("Note", width=130),
            "reference": tables.text("Payment"),
        },
        key="payments",
        param="payment",
        ids=[one.id for one in found],
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="paid-before")
    if chosen is not None:
        _about(found[chosen])


def _filters() -> tuple[str | None, datetime | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        status = st.selectbox(
            "Status", STATUSES, index=None, placeholder="Every status", format_func=pills.word, key="paid", bind="query-params",
            width=180,
        )  # fmt: skip
        days = st.selectbox(
            "When", (1, 7, 30, 90, 365), index=None, placeholder="Any time", format_func=_days, key="paid-days",
            bind="query-params", width=180,
        )  # fmt: skip
        if param_id("of"):
            st.button("Payments of every company", icon=":material/close:", type="tertiary", on_click=_everybody)
    return status, periods.began(days) if days else None


def _about(one: payments.DepositView) -> None:
    """What the row is too narrow for, and where to go from a payment."""
    note = one.problem or one.failure
    page.facts([("Payment", one.payment_ref), *([("Note", note)] if note else [])])
    with st.container(horizontal=True):
        st.page_link(
            navigation.target("billing"), label=f"Wallet of {one.company_name}", icon=":material/account_balance_wallet:",
            query_params={"wallet": str(one.provider_id)},
        )  # fmt: skip
        st.button(f"Only payments of {one.company_name}", type="tertiary", on_click=_only, args=(str(one.provider_id),))


def _line(one: payments.DepositView) -> dict[str, object]:
    names = {str(key): name for key, name in payments.NAMES.items()}
    return {
        "at": one.created_at,
        "company": one.company_name,
        "how": names.get(one.gateway, one.gateway) + (", automatic" if one.kind == "top_up" else ""),
        "status": pills.word(one.status),
        "amount": tables.dollars(one.amount_cents),
        "bonus": tables.dollars(one.bonus_cents or None),
        "back": tables.dollars(one.reversed_cents + one.bonus_reversed_cents or None),
        "note": one.problem or one.failure,
        "reference": one.payment_ref,
    }


def _days(days: int) -> str:
    return "Today" if days == 1 else f"Last {days} days"


def _only(provider_id: str) -> None:
    st.query_params["of"] = provider_id


def _everybody() -> None:
    st.query_params.pop("of", None)
