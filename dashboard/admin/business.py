"""Settings of the business: every figure people may decide, grouped, with who decided it when (SPEC, preamble)."""

import streamlit as st

from core import accounts, ops
from dashboard.admin import retention, setting_row
from dashboard.components import figures, page, pager, tables
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

CHAPTERS = {
    "leads": "Requests",
    "distribution": "Distribution",
    "payments": "Money",
    "prices": "Prices",
    "claims": "Claims",
    "accounts": "Accounts",
    "messaging": "Mail",
    "reports": "Reports and targets",
    "privacy": "What is kept, how long",
    "operations": "Operations",
}


def show(user: CurrentUser) -> None:
    """One group of settings at a time, what changed in it, and for retention what the next run would remove."""
    page.header("Settings", "What the house has decided. A change works within seconds and is written to the audit trail.")
    _settings(user)


@fragment
def _settings(user: CurrentUser) -> None:
    views = read(ops.thresholds)
    titles = [title for key, title in CHAPTERS.items() if any(_group(view) == key for view in views)]
    chosen = st.segmented_control(
        "Group", titles, default=titles[0], key="group", bind="query-params", label_visibility="collapsed"
    )
    search = st.text_input("Search", placeholder="Find a setting", key="find", bind="query-params", label_visibility="collapsed")
    wanted = (search or "").strip().lower()
    shown = [
        view
        for view in views
        if (wanted in f"{view.sentence} {view.key}".lower() if wanted else CHAPTERS[_group(view)] == (chosen or titles[0]))
    ]
    if not shown:
        page.empty("No setting fits", "Search for another word, or empty the field to see the groups.", icon="search")
        return
    people = read(accounts.names_of, user_ids=[view.updated_by for view in shown if view.updated_by])
    with st.container(key="settings", gap="small"):
        for view in shown:
            setting_row.row(view, by=people.get(view.updated_by) if view.updated_by else None, may_edit=user.role == "admin")
    if user.role == "scientist":
        return
    if not wanted and chosen == CHAPTERS["privacy"]:
        retention.removals()
    _changes(shown)


def _group(view: ops.ThresholdView) -> str:
    return view.chapter if view.chapter in CHAPTERS else "operations"


def _changes(views: list[ops.ThresholdView]) -> None:
    known = {view.key: view for view in views}
    changes = read(ops.threshold_changes, keys=list(known), before_id=pager.cursor("changed"), limit=pager.PAGE)
    page.section("Changes")
    if not changes:
        page.empty("Nothing was changed here", "Every change of these settings adds a line, with who made it.", icon="history")
        return
    people = read(accounts.names_of, user_ids=[change.actor_id for change in changes])
    tables.table(
        [
            {
                "at": change.at,
                "setting": known[change.key].sentence,
                "before": setting_row.shown(change.before, known[change.key].unit),
                "after": setting_row.shown(change.after, known[change.key].unit),
                "by": people.get(change.actor_id, "Somebody"),
            }
            for change in changes
        ],
        {
            "at": tables.time("When"),
            "setting": tables.text("Setting", width="large"),
            "before": tables.text("From"),
            "after": tables.text("To"),
            "by": tables.text("By"),
        },
        key="changes",
    )
    st.caption(f"{figures.count(len(changes), 'change')} on this page.")
    pager.pager(changes[-1].id, full=len(changes) == pager.PAGE, name="changed")
