"""The receipt of a lead that was bought, wherever its money shows: inbox, wallet, the house's books (SPEC 10.1)."""

from uuid import UUID

import streamlit as st

from core import marketplace
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.components import figures
from dashboard.components.receipt import receipt
from dashboard.current import ask


def bought_receipt(assignment_id: UUID, *, for_buyer: bool) -> None:
    """What was bought and the lines that made its price, with the way to the lead."""
    found = ask(marketplace.bought, assignment_id=assignment_id)
    if isinstance(found, HotleadsError):
        wording.show(found)
        return
    how = f"its turn at {found.level}" if found.level else "picked on the marketplace"
    refunded = f" Refunded {figures.ago(found.refunded_at)}." if found.refunded_at else ""
    with st.container(border=True, key=f"receipt-{assignment_id}", gap="small", width=560):
        st.markdown(f"**{found.niche}, {found.market} {found.zip}**  \n:gray[Bought {figures.ago(found.at)}, {how}.{refunded}]")
        lines_of(found)
        page = navigation.target("inbox" if for_buyer else "leads")
        lead = found.assignment_id if for_buyer else found.lead_id
        st.page_link(page, label="Open the lead", icon=":material/arrow_forward:", query_params={"lead": str(lead)})


def lines_of(found: marketplace.Bought) -> None:
    """The lines alone, for a page that tells the rest."""
    lines = [(line.label, line.cents) for line in found.lines]
    receipt(lines, total_cents=found.price_cents, floor_cents=found.floor_cents, ceiling_cents=found.ceiling_cents, total="Paid")
