"""The list as a table: more leads at once, rows that are chosen to look closer or to compare (SPEC 9.1)."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.marketplace import ListingCard
from dashboard.components import figures, tables
from dashboard.provider.market_card import hold_button, open_listing
from dashboard.provider.market_chosen import MOST, set_chosen

ROWS = 50


def market_table(cards: Sequence[ListingCard]) -> None:
    """One row per listing; what is chosen can be held, looked at, or compared."""
    columns = {
        "niche": tables.text("Niche"),
        "zip": tables.text("ZIP"),
        "price": tables.money("Price"),
        "quality": tables.number("Quality"),
        "free": tables.text("Places left"),
        "asked": tables.time("Asked"),
    }
    if any(each.early_until for each in cards):
        columns["early"] = tables.time("Early access until")
    if any(each.held_until or each.bought for each in cards):
        columns["state"] = tables.text("Yours")
    if any(each.metres is not None for each in cards):
        columns["miles"] = tables.number("Miles", shown="%.1f")
    picked = [cards[at] for at in tables.table([_row(each) for each in cards], columns, key="market-table", many=True)]
    _acts(picked)


def _row(each: ListingCard) -> dict[str, Any]:
    state = "In your cart" if each.held_until else "Bought" if each.bought else ""
    return {
        "niche": each.niche, "zip": each.zip, "price": tables.dollars(each.price_cents),
        "quality": None if each.quality is None else round(each.quality), "free": f"{each.free_slots} of {each.slots_total}",
        "asked": each.submitted_at, "early": each.early_until, "state": state,
        "miles": None if each.metres is None else each.metres / 1609.344,
    }  # fmt: skip


def _acts(picked: Sequence[ListingCard]) -> None:
    if not picked:
        st.caption("Tick a row to hold it or look closer, up to four to compare them.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="table-acts"):
        if len(picked) == 1:
            hold_button(picked[0], chosen=True)
            lead_id = picked[0].lead_id
            st.button("Look closer", key="table-open", icon=":material/zoom_in:", on_click=open_listing, args=(lead_id,))
        elif len(picked) <= MOST:
            words = f"Compare {figures.count(len(picked), 'lead')}"
            st.button(
                words, type="primary", icon=":material/compare_arrows:", key="table-compare", on_click=_compare, args=(picked,)
            )
        else:
            st.caption(f"Up to {MOST} leads are compared: untick {len(picked) - MOST}.")


def _compare(picked: Sequence[ListingCard]) -> None:
    set_chosen([each.lead_id for each in picked])
    st.session_state["view"] = "compare"
