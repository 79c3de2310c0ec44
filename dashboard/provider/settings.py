"""Settings: the company, its people, its mail, and one's own security (SPEC 7.6, 7.8)."""

import streamlit as st

from core import accounts, providers
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say
from dashboard.shared.security import security


def show(user: CurrentUser) -> None:
    """Four tabs."""
    page.header("Settings", "Your company, your team, your mail and your own security.")
    names = ["Company", "Team", "Mail", "Security"]
    company, team, mail, own = st.tabs(names, key="settings", bind="query-params", on_change="rerun")
    if company.open:
        with company:
            _company()
    if team.open:
        with team:
            _team(user)
    if mail.open:
        with mail:
            _mail()
    if own.open:
        with own:
            security(user)


@fragment
def _company() -> None:
    view = read(providers.get_provider)
    st.markdown(pills.pill(view.status))
    if view.status == "pending":
        missing = "Complete the profile" if view.profile_completed_at is None else "The profile is complete"
        st.info(f"{missing}; then an administrator opens your account for leads.", icon=":material/hourglass_top:")
    with st.form("company", width=640):
        name = st.text_input("Company name", view.company_name, max_chars=200)
        phone = st.text_input("Phone", view.phone or "", type="phone", placeholder="(702) 555-0100")
        website = st.text_input("Website", view.website or "", type="url", placeholder="https://example.com")
        about = st.text_area("About your company", view.about, max_chars=2000, height=120)
        if st.form_submit_button("Save the profile", type="primary"):
            given = {"company_name": name or "", "phone": phone or "", "website": website, "about": about or ""}
            saved = attempt(providers.complete_profile, **given)
            if isinstance(saved, HotleadsError):
                wording.show(saved)
            else:
                say("The profile is saved.")


@fragment
def _team(user: CurrentUser) -> None:
    for view in read(accounts.team):
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            role = "Owner" if view.owner else "Member"
            seen = f"last sign-in {figures.ago(view.last_sign_in_at)}" if view.last_sign_in_at else "not signed in yet"
            st.markdown(f"**{view.full_name or view.email}** {pills.pill(view.status)}  \n:gray[{role}, {view.email}, {seen}]")
    if not user.owner:
        st.caption("An owner of your company invites new members.")
        return
    with st.form("invite", clear_on_submit=True, width=640):
        email = st.text_input("Invite a colleague", type="email", placeholder="name@company.com")
        if st.form_submit_button("Send the invitation"):
            act(accounts.invite, email=email or "", said="The invitation is on its way.")


@fragment
def _mail() -> None:
    st.caption("Mail about the account itself (sign-in, status, price changes) always goes out.")
    for choice in read(providers.get_preferences):
        key = f"mail-{choice.template}"
        st.toggle(choice.label, choice.enabled, key=key, on_change=_switch, args=(choice.template, key))


def _switch(template: str, key: str) -> None:
    act(providers.set_preferences, choices={template: bool(st.session_state[key])}, said="Saved.")
