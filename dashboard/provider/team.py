"""The company's people: who is in, who is invited, who leaves, whose it is (SPEC 1.3, 7.8)."""

from uuid import UUID

import streamlit as st

from core import accounts
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.components.confirm import confirm_button
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, act, attempt, read, zone_of_browser
from dashboard.live import again, fragment, say


@fragment
def team(user: CurrentUser) -> None:
    """Members, invitations that wait, and the form for the next one; an owner may change all of it."""
    people = read(accounts.team)
    mine = next((member for member in people if member.id == user.actor.user_id), None)
    may_change = mine is not None and mine.owner
    for member in people:
        if member.status != "pending":
            _member(member, may_change=may_change and member is not mine)
    invited = [member for member in people if member.status == "pending"]
    if invited:
        page.section("Invited", "They join when they choose a password on the page that our mail leads to.")
        for member in invited:
            _invited(member, may_change=may_change)
    if may_change:
        _invite()
    else:
        st.caption("An owner of your company invites and removes people.")


def _member(member: accounts.Member, *, may_change: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        role = "Owner" if member.owner else "Member"
        seen = f"last sign-in {figures.ago(member.last_sign_in_at)}" if member.last_sign_in_at else "not signed in yet"
        factor = "second factor on" if member.second_factor else "no second factor"
        name = member.full_name or member.email
        line = f"{role}, {verbatim(member.email)}, {seen}, {factor}"
        st.markdown(f"**{verbatim(name)}** {pills.pill(member.status)}  \n:gray[{line}]", width="stretch")
        if not may_change or member.owner:
            return
        if member.status == "active":
            confirm_button(
                "Make owner",
                will=f"{name} becomes the owner of your company. You stay in the team as a member.",
                verb=f"Hand the company over to {name}",
                key=f"own-{member.id}",
                on_confirm=_hand_over,
                args=(member.id, name),
            )
        confirm_button(
            "Remove",
            will=f"{name} is signed out at once and can't sign in again. What they did stays. You can invite them again.",
            verb=f"Remove {name}",
            key=f"out-{member.id}",
            on_confirm=_remove,
            args=(member.id, f"{name} is out of the team."),
        )


def _invited(member: accounts.Member, *, may_change: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        ends = figures.exact(member.invited_until, zone_of_browser())
        until = f"the link works until {ends}" if member.invited_until else "the link has run out"
        st.markdown(f"**{verbatim(member.email)}** {pills.pill('pending', 'Invited')}  \n:gray[{until}]", width="stretch")
        if may_change:
            st.button("Send again", key=f"mail-{member.id}", on_click=_again, args=(member.email,))
            st.button("Take back", key=f"back-{member.id}", on_click=_remove, args=(member.id, "The invitation is taken back."))


def _invite() -> None:
    with st.form("invite", clear_on_submit=True, width=640):
        email = st.text_input("Invite a colleague", type="email", placeholder="name@company.com")
        if st.form_submit_button("Send the invitation", type="primary"):
            invited = attempt(accounts.invite, email=email or "")
            if isinstance(invited, HotleadsError):
                wording.show(invited)
                return
            say("The invitation is on its way.")
            again()


def _again(email: str) -> None:
    act(accounts.invite, email=email, said="A new invitation is on its way; the old link no longer works.")


def _remove(user_id: UUID, said: str) -> None:
    act(accounts.remove_member, user_id=user_id, said=said)


def _hand_over(user_id: UUID, name: str) -> None:
    act(accounts.hand_over, user_id=user_id, said=f"{name} owns the company now.")
