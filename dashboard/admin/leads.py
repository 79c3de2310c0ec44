"""Leads: every request with every filter, as a list and on a map; one lead's page is its passport (SPEC 3.1, 5.5)."""

from collections.abc import Sequence

import streamlit as st

from core import leads, markets
from core.leads import Status
from dashboard.admin import passport
from dashboard.components import page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.components.points import Dot, points
from dashboard.current import CurrentUser, read
from dashboard.live import fragment
from dashboard.shared.lead_filters import as_row, lead_filters

VIEWS: dict[str, tuple[Status, ...]] = {
    "All": (),
    "Waiting": ("pending_confirmation", "pending_approval", "quarantined"),
    "On sale": ("approved",),
    "Sold out": ("sold_out",),
    "Ended": ("rejected", "expired", "withdrawn", "closed"),
    "Duplicates": ("duplicate",),
}
DOTS = 200


def show(user: CurrentUser) -> None:
    """The explorer, or one lead when the address names it."""
    chosen = param_id("lead")
    if chosen:
        passport.passport(chosen, user)
        return
    page.header("Leads", "Every request that ever came in: find one, see where they are, open its story.")
    _explorer(user)


@fragment
def _explorer(user: CurrentUser) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        view = st.segmented_control(
            "Which",
            list(VIEWS),
            default="All",
            key="view",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
        shape = st.segmented_control(
            "As",
            ["List", "Map"],
            default="List",
            key="as",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
    where, sort = lead_filters(may_search=user.role == "admin", sort="newest")
    statuses = VIEWS.get(str(view), ())
    if shape == "Map":
        _map(where, sort, statuses)
    else:
        _list(where, sort, statuses)


def _list(where: leads.LeadFilter, sort: leads.Sort, statuses: Sequence[Status]) -> None:
    start = pager.cursor(of=(where, sort, statuses))
    rows = read(leads.explore, where=where, statuses=statuses, sort=sort, after=start, limit=pager.PAGE)
    if not rows:
        page.empty("No leads here", "Take a filter away, or wait for the next request.", icon="contact_page")
        return
    chosen = _table(rows, key="leads")
    found = read(leads.count, where=where, statuses=statuses)
    st.caption(f"{found:,}{'+' if found >= 1000 else ''} in all.")
    pager.pager(rows[-1].id, full=len(rows) == pager.PAGE)
    if chosen:
        _open(rows[chosen[0]])


def _map(where: leads.LeadFilter, sort: leads.Sort, statuses: Sequence[Status]) -> None:
    rows = read(leads.explore, where=where, statuses=statuses, sort=sort, limit=DOTS)
    dots = [
        Dot(row.lon, row.lat, f"{row.niche}\n{row.city or ''} {row.zip}\n{state.word}", state.tone, state.word)
        for row in rows
        for state in [pills.state(row.status)]
    ]
    left, right = st.columns([5, 4], gap="medium")
    with left:
        points(read(markets.outlines), dots, key="leads-map", height=560)
        st.caption(f"The first {DOTS} by the order chosen, each at its blurred place.")
    with right:
        chosen = _table(rows, key="map-leads", short=True)
        if chosen:
            _open(rows[chosen[0]])


def _table(rows: list[leads.LeadRow], *, key: str, short: bool = False) -> list[int]:
    columns = {
        "status": tables.text("Status", width=128),
        "niche": tables.text("Niche", width=168),
        "place": tables.text("Place", width=150),
        "submitted": tables.time("Submitted", width=112),
        "name": tables.text("Name", width=58),
        "market": tables.text("Market", width=116),
        "quality": tables.share("Quality", most=100, shown="%.0f", color="blue", width=108),
        "fraud": tables.share("Fraud risk", color="orange", width=108),
        "source": tables.text("Source"),
    }
    shown = dict(list(columns.items())[:4]) if short else columns
    return tables.table([as_row(row) | {"status": pills.word(row.status)} for row in rows], shown, key=key, opens=True)


def _open(row: leads.LeadRow) -> None:
    st.query_params["lead"] = str(row.id)
    st.rerun()
