"""The part of a bought lead where it is reported as bad, or shows how its report stands (SPEC 7.3)."""

from uuid import UUID

import streamlit as st

from core import inbox, returns
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.components import figures
from dashboard.current import attempt, read
from dashboard.live import again, say
from dashboard.shared import claim as told


def report(lead: inbox.AssignmentDetail) -> None:
    """The report of this lead and its state, or the way to make one."""
    claim = read(returns.own_claim_on, assignment_id=lead.id)
    if claim is not None:
        _standing(claim)
        return
    until = read(returns.reportable_until, assigned_at=lead.assigned_at)
    if lead.refunded_at is None and utc_now() <= until:
        with st.popover("Report as bad", icon=":material/flag:", key=f"ask-report-{lead.id}"):
            _form(lead.id, figures.exact(until, lead.timezone))


def _standing(claim: returns.OwnClaim) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        state, clock = told.state(claim.status, claim.resolution), told.clock(claim.due_at, claim.status)
        st.markdown(f":gray[You reported it: {told.reason(claim.reason)}] {state} {clock}", width="stretch")
        st.page_link(
            navigation.target("claims"), label="The report", icon=":material/flag:", query_params={"claim": str(claim.id)}
        )


def _form(assignment_id: UUID, until: str) -> None:
    with st.form(f"report-{assignment_id}", border=False):
        reason = st.radio(
            "What is wrong with it?",
            returns.REASONS,
            format_func=told.REASONS.__getitem__,
            index=None,
            key=f"bad-{assignment_id}",
        )
        notes = st.text_area("What should we know?", max_chars=500, height=100, key=f"bad-notes-{assignment_id}")
        st.caption(f"Once, until {until}. When we agree, the whole price goes back to your wallet.")
        if st.form_submit_button("Report the lead", type="primary"):
            _send(assignment_id, reason, notes or "")


def _send(assignment_id: UUID, reason: str | None, notes: str) -> None:
    if reason is None:
        st.warning("Choose what is wrong with it, then report the lead.", icon=":material/info:")
        return
    done = attempt(returns.report, assignment_id=assignment_id, reason=reason, notes=notes)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say("Reported. An administrator answers, usually within two days.")
    again()
