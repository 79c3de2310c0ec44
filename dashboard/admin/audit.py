"""Audit: who did what, when, and proof that nobody rewrote it (SPEC 1.9, 13.8)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import streamlit as st

from core import audit
from dashboard.components import page, pager, tables
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

ENTITIES = ("lead", "provider", "subscription", "user_account", "niche", "competition_level", "email_template", "threshold")


def show(user: CurrentUser) -> None:
    """The trail with its filters, and the check of its seals."""
    with page.header("Audit", "Who did what and when. Entries can't be changed or removed, not even by us."):
        check = st.button("Verify the trail", icon=":material/verified_user:", type="primary", disabled=user.role != "admin")
    if check:
        _verify()
    _trail()


def _verify() -> None:
    with st.spinner("Recomputing every seal"):
        checks = read(audit.verify)
    for found in checks:
        (st.success if found.ok else st.error)(
            f"**{found.name.capitalize()}** {found.detail}", icon=":material/check:" if found.ok else ":material/error:"
        )


@fragment
def _trail() -> None:
    found = read(audit.search, **_filters(), before_id=pager.cursor(), limit=pager.PAGE)
    if not found:
        page.empty("No entries here", "Every change of state writes one. Take a filter away to see more.", icon="history")
        return
    chosen = tables.table(
        [{"at": e.at, "action": e.action, "entity": _entity(e), "role": e.actor_role, "memo": e.memo, "ip": e.ip} for e in found],
        {
            "at": tables.time("When", relative=False),
            "action": tables.text("What"),
            "entity": tables.text("On"),
            "role": tables.text("By"),
            "memo": tables.text("Memo"),
            "ip": tables.text("From"),
        },
        key="trail",
        opens=True,
    )
    if chosen:
        _entry(found[chosen[0]])
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)


def _filters() -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        action = st.text_input("What", placeholder="lead.approved", key="action", bind="query-params", width=200)
        entity = st.selectbox(
            "On", ENTITIES, index=None, placeholder="Anything", format_func=_words, key="on", bind="query-params", width=180
        )
        entity_id = st.text_input("Id", placeholder="of a lead, provider, ...", key="id", bind="query-params", width=200)
        memo = st.text_input("Memo has", key="memo", bind="query-params", width=160)
        days = st.selectbox(
            "When",
            (1, 7, 30, 90),
            index=None,
            placeholder="Any time",
            format_func=_last,
            key="days",
            bind="query-params",
            width=150,
        )
    since = datetime.combine(datetime.now(UTC).date() - timedelta(days=days - 1), time.min, UTC) if days else None
    return {
        "action": action or None,
        "entity_type": entity,
        "entity_id": _uuid(entity_id),
        "memo": memo or None,
        "since": since,
    }


def _entry(entry: audit.EntryView) -> None:
    with st.container(border=True):
        page.section(entry.action)
        page.facts([("Entry", str(entry.id)), ("Actor", str(entry.actor_id)), ("Request", entry.correlation_id)], columns=2)
        before, after = st.columns(2)
        with before:
            st.caption("Before")
            st.json(entry.before or {})
        with after:
            st.caption("After")
            st.json(entry.after or {})


def _entity(entry: audit.EntryView) -> str:
    return _words(entry.entity_type) + (f" {str(entry.entity_id)[:8]}" if entry.entity_id else "")


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _last(days: int) -> str:
    return "Today" if days == 1 else f"Last {days} days"


def _uuid(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text.strip())
    except ValueError:
        st.warning("This is not an id. Copy one from a list, or leave the field empty.")
        return None
