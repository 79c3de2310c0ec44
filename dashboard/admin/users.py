"""Users: people, what they may be, and who changed it (SPEC 1.1, 1.8)."""

from typing import cast
from uuid import UUID

import streamlit as st

from core import accounts
from core.kit.actor import STAFF, Role
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import CurrentUser, act, read
from dashboard.live import again, fragment

ROLES = ("admin", "analyst", "scientist", "provider")
STATUSES = ("pending", "active", "suspended", "deactivated")


def show(user: CurrentUser) -> None:
    """The list with its filters, and one person below it."""
    action = page.header("Users", "People of the house and of the companies: who they are and what they may do.")
    with action.popover("Add a colleague", icon=":material/person_add:", type="primary"):
        _invite()
    _people(user)


def _invite() -> None:
    with st.form("invite", border=False, clear_on_submit=True):
        email = st.text_input("E-mail", type="email")
        name = st.text_input("Full name")
        role = st.selectbox("Role", STAFF, format_func=str.capitalize, index=1)
        if st.form_submit_button("Send the invitation", type="primary"):
            act(
                accounts.create_user,
                email=email or "",
                password=None,
                full_name=name or "",
                role=role,
                said="The invitation is on its way.",
            )


@fragment
def _people(user: CurrentUser) -> None:
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
            "email": tables.text("E-mail"),
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
    picked = next((view for view in found if view.id == param_id("user")), None)
    if picked:
        _person(picked, own=picked.id == user.actor.user_id)


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
        search = st.text_input("Search", placeholder="Name or e-mail", key="q", bind="query-params", width=260)
        role = st.selectbox(
            "Role",
            ROLES,
            index=None,
            placeholder="Every role",
            format_func=str.capitalize,
            key="role",
            bind="query-params",
            width=160,
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
        )
    return search, role, status


def _person(view: accounts.UserView, *, own: bool) -> None:
    with st.container(border=True):
        page.section(view.full_name or view.email)
        st.markdown(f"{pills.pill(view.status)} {pills.tag(view.role.capitalize(), icon='badge')}")
        page.facts(
            [
                ("E-mail", view.email),
                ("Verified", figures.time_tag(view.email_verified_at)),
                ("Joined", figures.time_tag(view.created_at)),
                ("Last sign-in", figures.time_tag(view.last_sign_in_at)),
            ],
            columns=2,
        )
        if own:
            st.caption("This is you. Another administrator changes your role or status.")
            return
        status, role, factor = st.columns(3, gap="medium")
        with status:
            _status_form(view)
        with role:
            _role_form(view)
        with factor:
            _factor_form(view)


def _status_form(view: accounts.UserView) -> None:
    choices = [status for status in ("active", "suspended", "deactivated") if status != view.status]
    with st.form(f"status-{view.id}", border=False):
        wanted = st.selectbox("Change status to", choices, format_func=pills.word)
        reason = st.text_input("Reason", placeholder="They read it in a mail", max_chars=500)
        if st.form_submit_button("Change status"):
            given = {"user_id": view.id, "status": wanted, "reason": reason or ""}
            if act(accounts.set_user_status, **given, said="Changed. They were told by mail.") is not None:
                again()


def _role_form(view: accounts.UserView) -> None:
    if view.role not in STAFF:
        st.caption(f"Belongs to {view.company}. People of a company stay with it.")
        return
    with st.form(f"role-{view.id}", border=False):
        wanted = st.selectbox("Change role to", [role for role in STAFF if role != view.role], format_func=str.capitalize)
        if st.form_submit_button("Change role"):
            changed = act(accounts.set_user_role, user_id=view.id, role=wanted, said="Changed. They sign in again.")
            if changed is not None:
                again()


def _factor_form(view: accounts.UserView) -> None:
    if not view.second_factor:
        st.caption("No second factor yet.")
        return
    with st.form(f"factor-{view.id}", border=False):
        reason = st.text_input("Take the second factor away", placeholder="Why, for instance a lost phone")
        if st.form_submit_button("Reset second factor"):
            _reset(view.id, reason or "")


def _reset(user_id: UUID, reason: str) -> None:
    act(accounts.reset_totp, user_id=user_id, reason=reason, said="Reset. They set up a new one at their next sign-in.")
