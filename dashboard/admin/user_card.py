"""One person as administrators see them: status, role, sessions, second factor, and what was done (SPEC 1.8)."""

from uuid import UUID

import streamlit as st

from core import accounts, audit
from core.kit.actor import STAFF
from dashboard import navigation, wording
from dashboard.components import figures, page, pills, tables
from dashboard.components.reason import reason_button, reason_form
from dashboard.components.verbatim import verbatim
from dashboard.current import act, read
from dashboard.live import fragment
from dashboard.shared import security

FOLLOWS = {
    "active": "They can sign in again.",
    "suspended": "They are signed out everywhere at once and can't sign in until you say so.",
    "deactivated": "Their account is closed and they are signed out everywhere. It can be opened again.",
}


@fragment
def person(user_id: UUID, *, own: bool) -> None:
    """Who they are, what can be changed, where they are signed in, and their own trail."""
    page.back("users", "All users")
    view = read(accounts.get_user, user_id=user_id)
    sentence = f"{view.email}{', ' + view.company if view.company else ''}."
    with page.header(view.full_name or view.email, sentence, pill=pills.pill(view.status)):
        if not own:
            _actions(view)
    page.facts(
        [
            ("Role", view.role.capitalize() + (", owner of the company" if view.owner else "")),
            ("Second factor", "On" if view.second_factor else "Off"),
            ("E-mail confirmed", figures.time_tag(view.email_verified_at)),
            ("Last sign-in", figures.time_tag(view.last_sign_in_at)),
            ("Joined", figures.time_tag(view.created_at)),
        ],
        columns=2,
    )
    if own:
        st.caption("This is you. Another administrator changes your role or status; your own security is on Account.")
    elif view.role not in STAFF:
        st.caption(f"People of a company stay with it. {verbatim(view.company or '')} decides who belongs to it.")
    _sessions(view, own=own)
    _trail(view)


def _actions(view: accounts.UserView) -> None:
    """Each asks for its reason and says what follows."""
    for status in ("active", "suspended", "deactivated"):
        if status != view.status and not (view.status == "pending" and status == "active"):
            _asking(
                {"active": "Activate", "suspended": "Suspend", "deactivated": "Deactivate"}[status],
                FOLLOWS[status] + " They read your reason in a mail.",
                accounts.set_user_status,
                f"Changed to {pills.word(status).lower()}. They were told by mail.",
                user_id=view.id,
                status=status,
            )
    if view.role in STAFF:
        _role(view)
    if view.status == "active" and view.provider_id and read(accounts.lacks_owner, provider_id=view.provider_id):
        _asking(
            "Make owner",
            f"The owner of {verbatim(view.company or '')} can't sign in. This person decides about the company in their place.",
            accounts.name_owner,
            f"{view.full_name or view.email} owns {view.company} now.",
            user_id=view.id,
        )
    if view.second_factor:
        _asking(
            "Reset second factor",
            "For a lost phone, once you know who asks. They set up a new one at their next sign-in.",
            accounts.reset_totp,
            "Reset. They set up a new one at their next sign-in.",
            user_id=view.id,
        )
    if view.status == "pending" and view.role in STAFF:
        again = {"user_id": view.id}
        st.button(
            "Invite again", key="invite-again", on_click=_do, args=(accounts.invite_again, "A new link is on its way.", again)
        )


def _role(view: accounts.UserView) -> None:
    with st.popover("Change role", key="ask-role"):
        wanted = st.selectbox("Role", [role for role in STAFF if role != view.role], format_func=str.capitalize, key="new-role")
        st.write("They are signed out and sign in with the new role.")
        given = {"user_id": view.id, "role": wanted}
        args = (accounts.set_user_role, "Changed. They sign in again.", given)
        reason_form(f"Make them {wanted}", key="role", on_reason=_do_because, args=args, placeholder="For the audit trail")


def _asking(label: str, will: str, verb: object, said: str, **given: object) -> None:
    key = label.lower().replace(" ", "-")
    args = (verb, said, given)
    reason_button(label, will=will, key=key, on_reason=_do_because, args=args, placeholder="3 to 500 characters")


def _do_because(verb: object, said: str, given: dict[str, object], reason: str) -> None:
    _do(verb, said, given | {"reason": reason})


def _do(verb: object, said: str, given: dict[str, object]) -> None:
    act(verb, said=said, **given)  # type: ignore[arg-type]


def _sessions(view: accounts.UserView, *, own: bool) -> None:
    page.section("Signed in")
    lines = read(accounts.sessions_of_user, user_id=view.id)
    if not lines:
        page.empty("Not signed in anywhere", "A session appears here while it is alive, for at most seven days.", icon="logout")
        return
    tables.table(
        [
            {"seen": line.last_seen_at, "since": line.created_at, "ip": line.ip, "agent": security.device(line.user_agent)}
            for line in lines
        ],
        {
            "seen": tables.time("Last seen"),
            "since": tables.time("Since"),
            "ip": tables.text("From"),
            "agent": tables.text("With"),
        },
        key="sessions",
    )
    if not own:
        _asking(
            "Sign out everywhere",
            f"Ends {figures.count(len(lines), 'session')} at once. They can sign in again.",
            accounts.end_sessions,
            "Signed out everywhere.",
            user_id=view.id,
        )


def _trail(view: accounts.UserView) -> None:
    page.section("What was done to this account")
    entries = read(audit.search, entity_type="user", entity_id=view.id, limit=10)
    if not entries:
        page.empty("Nothing yet", "Changes of status, role, sessions and second factor appear here.", icon="history")
        return
    people = read(accounts.names_of, user_ids=[entry.actor_id for entry in entries])
    tables.table(
        [
            {
                "at": entry.at,
                "what": wording.deed(entry.action.removeprefix("user.")),
                "by": people.get(entry.actor_id, "Somebody"),
                "memo": entry.memo,
            }
            for entry in entries
        ],
        {
            "at": tables.time("When"),
            "what": tables.text("What"),
            "by": tables.text("By"),
            "memo": tables.text("Reason", width="large"),
        },
        key="user-trail",
    )
    st.page_link(
        navigation.target("audit"), label="Everything they did", icon=":material/arrow_forward:", query_params={"who": view.email}
    )
