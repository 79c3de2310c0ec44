"""Home: what needs this company now, and how it is doing (SPEC 7.5)."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from core import inbox, ledger, providers
from core.kit.clock import utc_now
from dashboard import navigation
from dashboard.components import figures, page, pills
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

WAITING, MOST = 6, 100


def show(user: CurrentUser) -> None:
    """Standing, balance, new leads with their clock, subscriptions."""
    view = read(providers.get_provider)
    page.header(f"Hello, {user.name.split(' ')[0] or view.company_name}", "What waits for you, and what your balance still buys.")
    if view.status != "active":
        _pending(view)
        return
    _today(view)


def _pending(view: providers.ProviderView) -> None:
    """The way to the first lead, for a company that is not active yet."""
    done = view.profile_completed_at is not None
    steps = [
        ("Confirm your e-mail address", view.email_verified),
        ("Complete the company's profile", done),
        ("An administrator opens your account", False),
    ]
    if view.status != "pending":
        st.warning(
            f"Your account is {pills.word(view.status).lower()}. {view.status_reason or ''}", icon=":material/pause_circle:"
        )
        return
    with st.container(border=True):
        page.section("Before the first lead")
        for words, ready in steps:
            st.markdown(
                f":{'green' if ready else 'gray'}[:material/{'check_circle' if ready else 'radio_button_unchecked'}:] {words}"
            )
        if not done:
            st.page_link(navigation.target("settings"), label="Complete the profile", icon=":material/arrow_forward:")


@fragment(run_every=15)
def _today(view: providers.ProviderView) -> None:
    subscriptions = read(providers.subscriptions_of)
    counts = read(inbox.count_by_status)
    month = utc_now() - timedelta(days=30)
    recent = read(inbox.list_assignments, since=month, limit=MOST)
    more = "+" if len(recent) == MOST else ""
    tiles(
        [
            Tile("Balance", figures.money(read(ledger.balance, provider_id=view.id).balance_cents)),
            Tile("New leads", f"{counts['new']:,}"),
            Tile("Received, 30 days", f"{len(recent):,}{more}", trend=_per_day(recent)),
            Tile("Won, 30 days", f"{sum(row.outcome == 'won' for row in recent):,}{more}"),
            Tile("Spent, 30 days", figures.money(sum(row.price_cents for row in recent)) + more),
        ]
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        _waiting()
    with right:
        _running(subscriptions)


def _waiting() -> None:
    page.section("Waiting for your call", "Every minute counts: who calls first mostly wins.")
    rows = read(inbox.list_assignments, status="new", limit=WAITING)
    if not rows:
        page.empty("All seen", "New leads appear here and in your inbox by themselves.", icon="task_alt")
        return
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            late = (utc_now() - row.assigned_at).total_seconds() > 900
            clock = f":{'red' if late else 'orange'}[:material/timer: {figures.ago(row.assigned_at)}]"
            st.markdown(
                f"**{row.contact_name or row.niche}** {clock}  \n:gray[{row.niche}, {figures.place(row.city, row.zip)}]",
                width="stretch",
            )
            st.page_link(navigation.target("inbox"), label="Call", icon=":material/call:", query_params={"lead": str(row.id)})


def _running(subscriptions: list[providers.SubscriptionView]) -> None:
    page.section("Your subscriptions")
    if not subscriptions:
        page.empty("None yet", "Choose a level: it says the price and how many share a lead.", icon="stairs")
    for view in subscriptions:
        why = f", {pills.reason(view.inactive_reason).lower()}" if view.inactive_reason else ""
        st.markdown(
            f"{pills.pill(view.status)} **{view.niche_name}**, {view.level_name}  \n"
            f":gray[{figures.money(view.price_cents)} a lead, last {figures.ago(view.last_received_at)}{why}]"
        )
    st.page_link(navigation.target("subscriptions"), label="All levels", icon=":material/arrow_forward:")


def _per_day(rows: list[inbox.AssignmentRow]) -> tuple[float, ...]:
    """Leads of each of the last 30 days, oldest first."""
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=back) for back in range(29, -1, -1)]
    counted = dict.fromkeys(days, 0)
    for row in rows:
        day = row.assigned_at.date()
        if day in counted:
            counted[day] += 1
    return tuple(float(number) for number in counted.values())
