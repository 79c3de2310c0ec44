"""What must hold, checked by a job (SPEC 13.8)."""

import streamlit as st

from core import audit
from dashboard.admin import audit_verify
from dashboard.current import act


def checks(*, may_ask: bool) -> None:
    """The button, and the latest run with its findings."""
    st.caption("Recomputes what must hold: books at zero, no lead sold too often, the trail unaltered. It changes nothing.")
    st.button(
        "Verify everything",
        icon=":material/verified_user:",
        type="primary",
        key="verify-all",
        disabled=not may_ask,
        on_click=_ask,
    )
    audit_verify.latest()


def _ask() -> None:
    act(audit.request_verification, said="The check runs. You can leave this page and come back.")
