"""Companies whose reports of bad leads stand out: information, nothing follows by itself (SPEC 7.4)."""

from uuid import UUID

import streamlit as st

from core import ops, returns
from dashboard.components import page, tables
from dashboard.current import read
from dashboard.live import fragment


@fragment
def flagged() -> None:
    """Each with its figures and why; the rules in words above."""
    limits = {view.key: view.value for view in read(ops.thresholds) if view.key.startswith("flag_")}
    st.caption(
        f"At least {limits['flag_reports']} reports in {limits['flag_days']} days, and more than "
        f"{limits['flag_approval_percent']}% of them upheld or more than {limits['flag_refund_percent']}% of the leads "
        "refunded. Credits to everybody who held a lead don't count. Look, talk to them; nothing happens by itself."
    )
    found = read(returns.flags)
    if not found:
        page.empty("No company stands out", "Companies appear here while their figures are over the limits.", icon="flag")
        return
    chosen = tables.table(
        [
            {
                "company": flag.company,
                "reports": flag.reports,
                "upheld": flag.approval_rate,
                "refunded": flag.refund_rate,
                "delivered": flag.delivered,
                "why": " ".join(flag.reasons),
            }
            for flag in found
        ],
        {
            "company": tables.text("Company", width="medium"),
            "reports": tables.number("Reports"),
            "upheld": tables.share("Upheld"),
            "refunded": tables.share("Refunded"),
            "delivered": tables.number("Leads delivered"),
            "why": tables.text("Why", width="large"),
        },
        key="flagged",
        opens=True,
    )
    if chosen:
        st.query_params["provider"] = str(found[chosen[0]].provider_id)
        st.rerun()


def notice(provider_id: UUID) -> None:
    """On the company's own page, when it is flagged now."""
    for flag in read(returns.flags, provider_id=provider_id):
        st.warning(f"Stands out: {' '.join(flag.reasons)} Information only.", icon=":material/flag:")
