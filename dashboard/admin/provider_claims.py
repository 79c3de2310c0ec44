"""The bad-lead reports of one company on its page (SPEC 7.4)."""

from uuid import UUID

import streamlit as st

from core import returns
from dashboard import navigation
from dashboard.components import figures, page, pager, tables
from dashboard.current import read
from dashboard.live import fragment
from dashboard.shared import claim as told


@fragment
def claims(provider_id: UUID) -> None:
    """Newest first; a row opens the report with its evidence."""
    rows = read(returns.list_claims, status=None, provider_id=provider_id, after_id=pager.cursor("claims"), limit=pager.PAGE)
    if not rows:
        page.empty("No reports", "What the company reports as bad appears here.", icon="flag")
        return
    chosen = tables.table(
        [
            {
                "reason": told.reason(row.reason),
                "niche": row.niche,
                "place": figures.place(row.city, row.zip),
                "price": tables.dollars(row.price_cents),
                "status": told.outcome(row.status, row.resolution),
                "reported": row.reported_at,
                "answered": row.decided_at,
            }
            for row in rows
        ],
        {
            "reason": tables.text("Reason"),
            "niche": tables.text("Niche"),
            "place": tables.text("Place"),
            "price": tables.money("Price"),
            "status": tables.text("Status", width="medium"),
            "reported": tables.time("Reported"),
            "answered": tables.time("Answered"),
        },
        key="claims-of-company",
        opens=True,
    )
    pager.pager(rows[-1].id, full=len(rows) == pager.PAGE, name="claims")
    if chosen:
        st.switch_page(navigation.target("bad-leads"), query_params={"claim": str(rows[chosen[0]].id)})
