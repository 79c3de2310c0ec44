"""What must hold, checked by a job; and how old the newest backup is (SPEC 13.7, 13.8)."""

import streamlit as st

from core import audit
from core.kit.errors import HotleadsError
from core.ops import backup
from dashboard.admin import audit_verify
from dashboard.components import figures
from dashboard.current import act


def checks(*, may_ask: bool) -> None:
    """The button, the latest run with its findings, and the backup."""
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
    st.markdown(_backup())


def _ask() -> None:
    act(audit.request_verification, said="The check runs. You can leave this page and come back.")


def _backup() -> str:
    """The newest backup that this machine knows of; backups elsewhere can't be seen from here."""
    try:
        newest = backup.last_backup()
    except HotleadsError as error:
        return f":red-badge[:material/backup: Backup] {error.message}"
    if newest is None:
        return f":gray-badge[:material/backup: Backup] :gray[None in {backup.place()} yet; `hotleads backup` makes one.]"
    words = f"{newest.kind.capitalize()}, {figures.ago(newest.ended_at)}, {newest.size / 1e6:,.0f} MB"
    return f":gray-badge[:material/backup: Backup] :gray[{words}]"
