"""Are the fraud reasons right? One press, which decides nothing and which the fraud model learns from (SPEC 10.2)."""

from uuid import UUID

import streamlit as st

from core import advice
from dashboard.current import act, read

SAYING = {"looks_like_fraud": ("Looks like fraud", "gpp_bad"), "not_fraud": ("Not fraud", "verified_user")}


def fraud_feedback(lead_id: UUID) -> None:
    """The two buttons; what this person said last is marked."""
    said = read(advice.feedback_of, lead_ids=[lead_id]).get(lead_id, frozenset())
    with st.container(horizontal=True, vertical_alignment="center", key="fraud-feedback"):
        for verdict, (words, icon) in SAYING.items():
            mark = "check" if verdict in said else icon
            st.button(
                words, type="tertiary", icon=f":material/{mark}:", key=f"say-{verdict}", on_click=_say, args=(lead_id, verdict)
            )
    st.caption("Your word on these reasons decides nothing. The fraud model learns from it.")


def _say(lead_id: UUID, verdict: str) -> None:
    act(advice.give_feedback, lead_id=lead_id, verdict=verdict, said="Noted. The next training learns from it.")
