"""Audit: who did what, when, and proof that nobody rewrote it (SPEC 1.9, 13.8)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import streamlit as st

from core import accounts, audit
from dashboard import wording
from dashboard.admin import audit_entry, audit_export, audit_verify
from dashboard.components import page, pager, periods, tables
from dashboard.current import CurrentUser, act, read
from dashboard.live import fragment

ENTITIES = (
    "lead",
    "assignment",
    "provider",
    "subscription",
    "user",
    "niche",
    "competition_level",
    "claim",
    "email_template",
    "threshold",
    "job",
    "verification",
    "retention",
)
ROLES = ("admin", "analyst", "scientist", "provider", "system", "public")


def show(user: CurrentUser) -> None:
    """The trail with its filters, and the check of everything that must hold."""
    with page.header("Audit", "Who did what and when. Entries can't be changed or removed, not even by us."):
        st.button("Verify", icon=":material/verified_user:", type="primary", key="verify", on_click=_verify)
    audit_verify.latest()
    _trail()


def _verify() -> None:
    act(audit.request_verification, said="The check runs. You can leave this page and come back.")


@fragment
def _trail() -> None:
    filters = _filters()
    found = read(audit.search, **filters, before_id=pager.cursor(), limit=pager.PAGE) if filters is not None else []
    if filters is not None:
        audit_export.offer(filters)
    if not found:
        page.empty("No entries here", "Every change of state writes one. Take a filter away to see more.", icon="history")
        return
    people = read(accounts.names_of, user_ids=[entry.actor_id for entry in found])
    chosen = tables.opened(
        [
            {
                "at": entry.at,
                "action": wording.deed(entry.action),
                "entity": audit_entry.entity(entry),
                "by": audit_entry.by(entry, people),
                "change": audit_entry.in_short(entry),
                "memo": entry.memo,
                "ip": entry.ip,
            }
            for entry in found
        ],
        {
            "at": tables.time("When", relative=False),
            "action": tables.text("What", width=190),
            "entity": tables.text("On", width=130),
            "by": tables.text("By", width=150),
            "change": tables.text("Change", width=220),
            "memo": tables.text("Memo", width=120),
            "ip": tables.text("From", width=100),
        },
        key="trail",
        param="entry",
        ids=[entry.id for entry in found],
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    if chosen is not None:
        audit_entry.show(found[chosen], people)


def _filters() -> dict[str, Any] | None:
    """What is asked for; ``None`` when it can't match anything, said beside the field."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        known = _actions()
        action = known.get(_choice("What", "action", list(known), "Anything", 190) or "")
        entity = _choice("On", "on", ENTITIES, "Anything", 140)
        who = _text("Who", "who", "Name or e-mail", 150)
        role = _choice("As", "as", ROLES, "Any role", 120)
        memo = _text("Memo has", "memo", "", 130)
        since = _day("From", "since")
        until = _day("To", "until")
    with st.expander("More filters", expanded=any(name in st.query_params for name in ("id", "request", "ip"))):
        row = st.container(horizontal=True)
        with row:
            entity_id = _text("Id", "id", "Of a lead, provider, ...", 320)
            request = _text("Request", "request", "Correlation id", 260)
            ip = _text("Address", "ip", "203.0.113.7 or 203.0.113.0/24", 260)
    people = read(accounts.find_people, fragment=who) if who else None
    if people == []:
        st.caption(f"Nobody is called {who}.")
        return None
    return {
        "action": action or None,
        "entity_type": entity,
        "entity_id": _uuid(entity_id),
        "actor_ids": people,
        "actor_role": role,
        "memo": memo or None,
        "correlation_id": request or None,
        "ip": ip or None,
        "since": _midnight(since),
        "until": _midnight(until + timedelta(days=1)) if until else None,
    }


def _text(label: str, key: str, example: str, width: int) -> str:
    given = st.text_input(
        label, placeholder=example, key=key, bind="query-params", width=width, on_change=pager.first_page, max_chars=300
    )
    return (given or "").strip()


def _actions() -> dict[str, str]:
    """What there are entries of, by its words. The address holds them too, or a name as the API has it, or how several begin."""
    known = {wording.deed(action): action for action in read(audit.actions)}
    asked = st.query_params.get("action")
    return known | {asked: known.get(asked, asked)} if asked else known


def _choice(label: str, key: str, options: Sequence[str], none: str, width: int) -> str | None:
    return st.selectbox(
        label,
        options,
        index=None,
        placeholder=none,
        format_func=audit_entry.words,
        key=key,
        bind="query-params",
        width=width,
        on_change=pager.first_page,
    )


def _day(label: str, key: str) -> date | None:
    return st.date_input(
        label, format="MM/DD/YYYY", value=None, key=key, bind="query-params", width=130, on_change=pager.first_page
    )


def _midnight(day: date | None) -> datetime | None:
    """On the reader's clock, as the times in the list are."""
    return periods.midnight(day) if day else None


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        st.warning("This is not an id. Copy one from a list, or leave the field empty.")
        return None
