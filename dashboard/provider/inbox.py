"""Inbox: the leads a company bought, the person behind each one tap away (SPEC 7.1, 7.2)."""

from typing import Any

import streamlit as st

from core import inbox, markets, niches
from core.kit.errors import HotleadsError
from dashboard.components import figures, page, pager, periods, pills
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, SignedOut, ask, read
from dashboard.live import fragment
from dashboard.provider import assignment
from dashboard.provider.not_yet import not_yet

LIVE_S = 4


def show(user: CurrentUser) -> None:
    """List left, lead right; a new lead appears by itself."""
    page.header("Inbox", "The leads you bought, newest first. Call soon: whoever calls first usually wins.")
    if not_yet(user, "Leads arrive here"):
        return
    _desk()
    _watch()


@fragment(run_every=LIVE_S)
def _watch() -> None:
    """Look for a newer lead every few seconds, and draw the page anew only when there is one (SPEC 7.1)."""
    newest = ask(inbox.newest_id)
    if isinstance(newest, SignedOut):
        st.rerun()
    if isinstance(newest, HotleadsError):
        return
    known = st.session_state.setdefault("inbox-newest", newest)
    if newest != known:
        st.session_state["inbox-newest"] = newest
        st.rerun()


@fragment
def _desk() -> None:
    chosen = param_id("lead")
    if chosen:
        ask(inbox.open_assignment, assignment_id=chosen)  # first, so that the list beside it knows that it was seen
    with st.container(key=f"split-list-{'away' if chosen else 'here'}-filters"):
        filters = _filters()
    rows = read(inbox.list_assignments, **filters, before_id=pager.cursor(of=filters), limit=pager.PAGE)
    if not rows and chosen is None:
        if any(filters.values()):
            page.empty("No lead fits", "Take a filter away to see more.", icon="filter_alt_off")
        else:
            page.empty(
                "No leads yet", "They arrive here by themselves once a subscription runs and the wallet can pay.", icon="inbox"
            )
        return
    left, right = split("lead", key="inbox", back="All leads", widths=(2, 5))
    with left:
        rail([_row(row) for row in rows], opened=str(chosen), param="lead", key="inbox")
        pager.pager(rows[-1].id if rows else None, full=len(rows) == pager.PAGE)
    with right:
        if chosen:
            assignment.assignment(chosen, following=_after(chosen, rows))
        else:
            page.empty("Choose a lead", "Opening it shows whom to call and tells us that you have seen it.", icon="person")


def _row(row: inbox.AssignmentRow) -> Row:
    place = figures.place(row.city, row.zip)
    shown = row.outcome or row.status
    return Row(
        str(row.id), row.contact_name or row.niche, f"{row.niche}, {place} · {figures.ago(row.assigned_at)}", pills.pill(shown)
    )


def _after(chosen: Any, rows: list[inbox.AssignmentRow]) -> str | None:
    """The lead below; the first, when the one that is open left the list by being opened (of new ones, say)."""
    ids = [row.id for row in rows]
    below = ids[ids.index(chosen) + 1 :] if chosen in ids else ids
    return str(below[0]) if below else None


def _filters() -> dict[str, Any]:
    counts = read(inbox.count_by_status)
    with st.container(horizontal=True, vertical_alignment="center"):
        status = st.segmented_control(
            "Status",
            list(inbox.STATUSES),
            format_func=pills.word,
            key="status",
            bind="query-params",
            label_visibility="collapsed",
            wrap=True,
        )
        with st.popover("Filters", icon=":material/tune:"):
            more = _more()
        st.caption(f"{counts['new']:,} new · {counts['viewed']:,} seen, undecided", width="content")
    return {"status": status} | more


def _one_of(label: str, names: dict[str, str], *, key: str = "") -> str | None:
    return st.selectbox(
        label,
        list(names),
        index=None,
        placeholder="All",
        format_func=names.__getitem__,
        key=key or label.lower(),
        bind="query-params",
    )


def _more() -> dict[str, Any]:
    named_niches = {niche.slug: niche for niche in read(niches.list_niches)}
    named_markets = {market.slug: market for market in read(markets.all_markets)}
    search = st.text_input("E-mail or phone", key="q", bind="query-params", placeholder="At least 3 characters")
    niche = _one_of("Niche", {slug: niche.name for slug, niche in named_niches.items()})
    market = _one_of("Market", {slug: market.name for slug, market in named_markets.items()})
    channel = _one_of("Bought by", {"distribution": "Subscription", "marketplace": "Marketplace"}, key="channel")
    days = st.selectbox(
        "When", (1, 7, 30, 90), index=None, placeholder="Any time", format_func=_last, key="days", bind="query-params"
    )
    since = periods.began(days) if days else None
    return {
        "search": search or None,
        "niche_id": named_niches[niche].id if niche else None,
        "market_id": named_markets[market].id if market else None,
        "channel": channel,
        "since": since,
    }


def _last(days: int) -> str:
    return "Today" if days == 1 else f"Last {days} days"
