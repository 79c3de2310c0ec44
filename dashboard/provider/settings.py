"""Settings: the company, its people, its mail, one's own security, its programs, and questions to us (SPEC 7.6 to 7.8)."""

import streamlit as st

from core import messaging, providers
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say
from dashboard.provider.support import support
from dashboard.provider.team import team
from dashboard.provider.webhooks import webhooks
from dashboard.shared.api_keys import api_keys
from dashboard.shared.own_lists import own_lists
from dashboard.shared.security import security


def show(user: CurrentUser) -> None:
    """Eight tabs."""
    page.header("Settings", "Your company, your team, your mail, your own security, your programs, and the way to ask us.")
    names = ["Company", "Team", "Mail", "Security", "Do not contact", "Webhooks", "API keys", "Support"]
    company, people, mail, own, lists, hooks, keys, asked = st.tabs(names, key="settings", bind="query-params", on_change="rerun")
    if company.open:
        with company:
            _company()
    if people.open:
        with people:
            team(user)
    if mail.open:
        with mail:
            _mail()
    if own.open:
        with own:
            security(user)
    if lists.open:
        with lists:
            own_lists(may_change=True)
    if hooks.open:
        with hooks:
            webhooks(user)
    if keys.open:
        with keys:
            st.caption("For your CRM and other programs: each signs in with a key of its own. How to use one: /api/docs")
            api_keys(may_change=user.owner)
    if asked.open:
        with asked:
            support()


@fragment
def _company() -> None:
    view = read(providers.get_provider)
    st.markdown(pills.pill(view.status))
    if view.status == "pending":
        missing = "Complete the profile" if view.profile_completed_at is None else "The profile is complete"
        st.info(f"{missing}; then an administrator opens your account for leads.", icon=":material/hourglass_top:")
    with st.form("company", width=640):
        name = st.text_input("Company name", view.company_name, max_chars=200)
        phone = st.text_input("Phone", figures.phone(view.phone) or "", type="phone", placeholder="(702) 555-0100")
        website = st.text_input("Website", view.website or "", type="url", placeholder="https://example.com")
        about = st.text_area("About your company", view.about, max_chars=2000, height=120)
        if st.form_submit_button("Save the profile", type="primary"):
            given = {"company_name": name or "", "phone": phone or "", "website": website, "about": about or ""}
            saved = attempt(providers.complete_profile, **given)
            if isinstance(saved, HotleadsError):
                wording.show(saved)
            else:
                say("The profile is saved.")
                st.rerun()  # what is said above it, and the name in the sidebar


@fragment
def _mail() -> None:
    """Every kind of mail by what it is about; what can't be switched off says why."""
    _ended()
    st.caption("These choices hold for everybody in your company.")
    choices = read(providers.get_preferences)
    for group in dict.fromkeys(choice.group for choice in choices):
        page.section(group)
        for choice in choices:
            if choice.group != group:
                continue
            if choice.why:
                st.markdown(f":gray[:material/lock: {choice.label}. Always sent: {choice.why[0].lower()}{choice.why[1:]}]")
            else:
                key = f"mail-{choice.template}"
                st.toggle(choice.label, choice.enabled, key=key, on_change=_switch, args=(choice.template, key))


def _ended() -> None:
    """What the reader ended for themselves by the link in a mail."""
    for template, kind in read(messaging.own_opt_outs):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"You get no mail of the kind **{kind}**: you ended it for yourself.", width="stretch")
            st.button("Send it again", key=f"again-{template}", on_click=_want, args=(template,))


def _want(template: str) -> None:
    act(messaging.want_again, template=template, said="You get this mail again.")


def _switch(template: str, key: str) -> None:
    act(providers.set_preferences, choices={template: bool(st.session_state[key])}, said="Saved.")
