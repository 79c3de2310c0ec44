"""Runs of the engine as people read them: what was walked, sold and passed over, and why (SPEC 5.5)."""

from typing import Any

import streamlit as st

from core import distribution
from dashboard.components import figures, page, tables

REASONS = {
    "lead_status": "The lead was not approved",
    "lead_sale": "The lead may not be sold",
    "level_inactive": "The level was off",
    "no_slot_left": "No slot was left",
    "exclusive_level": "Sold already, and the level is exclusive",
    "level_full": "The level had all its recipients",
    "subscription_inactive": "The subscription stood still",
    "already_has_lead": "They had the lead already",
    "filter_invalid": "Their filter no longer fits the form",
    "filter": "Their filter does not want it",
    "delivery_hours": "Outside their delivery hours",
    "provider_inactive": "The company is not active",
    "service_area": "Outside their service area",
    "wallet_frozen": "Their wallet is frozen",
    "insufficient_balance": "Their wallet could not pay",
    "own_list": "A do-not-contact list of theirs stands against it, or is too old",
    "consent_unnamed": "The consent does not name them",
}


def reason(name: str) -> str:
    """Why somebody was passed over, in words."""
    if name.startswith(("cap_leads_", "cap_spend_")):
        what, period = ("leads", name[10:]) if name.startswith("cap_leads_") else ("money", name[10:])
        return f"Their limit of {what} a {period} is used up"
    return REASONS.get(name, name.replace("_", " ").capitalize())


def skips(run: distribution.RunView) -> str:
    """The reasons with their counts, most frequent first, in one line."""
    counted = sorted(run.skips.items(), key=lambda item: -item[1])
    return ", ".join(f"{number} × {reason(name).lower()}" for name, number in counted)


def outcome(run: distribution.RunView) -> str:
    """What a run came to, in a few words."""
    if run.state == "failed":
        return f"Failed: {run.error or 'unknown'}"
    if run.state == "started":
        return "Running"
    return figures.count(run.assigned, "sale") if run.assigned else "Nobody"


def run_card(detail: distribution.RunDetail, *, simulated: bool = False, zone: str | None = None) -> None:
    """One run whole, its time on the clock of the lead's market where that is known."""
    run = detail.run
    with st.container(border=True):
        head = "Would be sold to" if simulated else outcome(run)
        took = f", {run.duration_ms:,.1f} ms" if run.duration_ms is not None else ""
        when = "" if simulated else f"{figures.exact(run.started_at, zone)}{took}. "
        st.markdown(f"**{head}**  \n:gray[{when}Walked: {', '.join(detail.levels) or 'no active level'}.]")
        if detail.sales:
            tables.table([_sale(sale) for sale in detail.sales], SALES, key=f"sales-{run.id}")
        elif simulated:
            st.markdown("Nobody, as things stand.")
        told = f"{figures.count(run.candidates, 'subscription')} looked at"
        st.caption(f"{told}. Passed over: {skips(run) or 'nobody'}.")


SALES = {
    "company": tables.text("Company"),
    "level": tables.text("Level"),
    "slot": tables.number("Slot"),
    "price": tables.money("Price"),
}


def _sale(sale: distribution.Sale) -> dict[str, Any]:
    return {"company": sale.company, "level": sale.level, "slot": sale.slot_no, "price": tables.dollars(sale.price_cents)}


def nothing_yet() -> None:
    """No run so far, and when one comes."""
    page.empty("Not distributed yet", "A run starts by itself within a second of the approval.", icon="fork_right")
