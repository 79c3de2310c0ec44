"""Users: people, what they may be, and who changed it (SPEC 1.1, 1.8)."""

from typing import cast

import streamlit as st

from core import accounts
from core.kit.actor import STAFF, Role
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.admin import user_card
from dashboard.components import fresh, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import fragment, say

ROLES = ("admin", "analyst", "scientist", "provider")
STATUSES = ("pending", "active", "suspended", "deactivated")


def show(user: CurrentUser) -> None:
    """The list with its filters, or one person when the address names them."""
    chosen = param_id("user")
    if chosen:
        user_card.person(chosen, own=chosen == user.actor.user_id)
        return
    action = page.header("Users", "People of the house and of the companies: who they are and what they may do.")
    with action.popover("Invite a colleague", icon=":material/person_add:", type="primary", key=fresh.key("ask-invite")):
        _invite()
    _people()


def _invite() -> None:
    with st.form(fresh.key("invite"), border=False):
        email = st.text_input("E-mail", key=fresh.key("invite-email"))
        name = st.text_input("Full name", key=fresh.key("invite-name"))
        role = st.selectbox("Role", STAFF, format_func=str.capitalize, index=1)
        if st.form_submit_button("Send the invitation", type="primary"):
            made = attempt(accounts.create_user, email=email or "", password=None, full_name=name or "", role=role)
            if isinstance(made, HotleadsError):
                wording.show(made)
                return
            for part in ("ask-invite", "invite", "invite-email", "invite-name"):
                fresh.done(part)
            say(f"The invitation is on its way to {email}.")
            st.rerun()


@fragment
def _people() -> None:
    search, role, status = _filters()
    found = read(
        accounts.list_users,
        search=search or None,
        role=cast(Role | None, role),
        status=status,
        before_id=pager.cursor(),
        limit=pager.PAGE,
    )
    if not found:
        page.empty("Nobody fits", "Take a filter away to see more people.", icon="group")
        return
    chosen = tables.table(
        [_line(view) for view in found],
        {
            "name": tables.text("Name"),
            "email": tables.text("E-mail", width=290),
            "role": tables.text("Role"),
            "company": tables.text("Company"),
            "status": tables.text("Status"),
            "factor": tables.text("Second factor"),
            "seen": tables.time("Last sign-in"),
        },
        key="people",
        opens=True,
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    if chosen:
        st.query_params["user"] = str(found[chosen[0]].id)
        st.rerun()


def _line(view: accounts.UserView) -> dict[str, object]:
    return {
        "name": view.full_name or view.email,
        "email": view.email,
        "role": view.role.capitalize() + (", owner" if view.owner else ""),
        "company": view.company,
        "status": pills.word(view.status),
        "factor": "On" if view.second_factor else "Off",
        "seen": view.last_sign_in_at,
    }


def _filters() -> tuple[str | None, str | None, str | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search", placeholder="Name or e-mail", key="q", bind="query-params", width=260, on_change=pager.first_page
        )
        role = st.selectbox(
            "Role",
            ROLES,
            index=None,
            placeholder="Every role",
            format_func=str.capitalize,
            key="role",
            bind="query-params",
            width=160,
            on_change=pager.first_page,
        )
        status = st.selectbox(
            "Status",
            STATUSES,
            index=None,
            placeholder="Every status",
            format_func=pills.word,
            key="status",
            bind="query-params",
            width=160,
            on_change=pager.first_page,
        )
    return search, role, status
