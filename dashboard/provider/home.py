"""Home: what needs this company now, and how it is doing (SPEC 7.5)."""

import streamlit as st

from core import inbox, ledger, marketplace, providers
from core.kit.clock import utc_now
from dashboard import navigation
from dashboard.components import figures, page, periods, pills
from dashboard.components.tiles import Tile, tiles
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, read
from dashboard.live import fragment
from dashboard.provider.suggested import suggested
from dashboard.shared.filling import filling

WAITING = 6


def show(user: CurrentUser) -> None:
    """Standing, balance, new leads with their clock, subscriptions."""
    view = read(providers.get_provider)
    page.header(f"Hello, {user.name.split(' ')[0] or view.company_name}", "What waits for you, and what your balance still buys.")
    if view.status != "active":
        _pending(view)
        return
    filling()
    _today(view)
    suggested()


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
    balance = read(ledger.balance, provider_id=view.id).balance_cents
    now, before = _months()
    fresh = read(inbox.count_by_status)["new"]
    held = read(marketplace.cart)
    tiles(
        [
            Tile("Balance", figures.money(balance), beside=_reach(balance, subscriptions)),
            Tile("New leads", f"{fresh:,}", help="Delivered, and nobody has opened them yet"),
            Tile("In your cart", f"{len(held.items):,}", beside=figures.money(held.total_cents)),
            Tile("Received this month", f"{now.received:,}", beside=f"Last month {before.received:,}"),
            Tile("Won this month", f"{now.won:,}", beside=f"Last month {before.won:,}"),
            Tile(
                "Net spend this month",
                figures.money(now.net_spend_cents),
                beside=f"Last month {figures.money(round(before.net_spend_cents, -2)).removesuffix('.00')}",
            ),
        ],
        least=170,
    )
    st.caption("Last month is counted up to the same day.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _waiting(fresh)
    with right:
        _running(subscriptions)


def _months() -> tuple[inbox.Kpis, inbox.Kpis]:
    """This month so far, and as many days of the month before, on the reader's clock."""
    this = periods.named("month")
    last = periods.named("last")
    until = min(last.since + (this.until - this.since), last.until)
    now, before = (
        read(inbox.results, since=since, until=end, zone=this.zone, with_market=False)
        for since, end in ((this.since, this.until), (last.since, until))
    )
    return now.whole, before.whole


def _reach(balance: int, subscriptions: list[providers.SubscriptionView]) -> str | None:
    """How many leads the balance pays for, at the prices of the subscriptions."""
    prices = [line.price_cents for line in subscriptions if line.price_cents]
    if not prices:
        return None
    least, most = balance // max(prices), balance // min(prices)
    return f"Buys {figures.count(most, 'lead')}" if least == most else f"Buys {least:,} to {most:,} leads"


def _waiting(fresh: int) -> None:
    page.section("Waiting for your call", "Every minute counts: whoever calls first usually wins.")
    rows = read(inbox.list_assignments, status="new", limit=WAITING)
    if not rows:
        page.empty("All seen", "New leads appear here and in your inbox by themselves.", icon="task_alt")
        return
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            late = (utc_now() - row.assigned_at).total_seconds() > 900
            clock = f":{'red' if late else 'orange'}[:material/timer: {figures.ago(row.assigned_at)}]"
            name, where = verbatim(row.contact_name or row.niche), figures.place(row.city, row.zip)
            st.markdown(f"**{name}** {clock}  \n:gray[{row.niche}, {where}]", width="stretch")
            st.page_link(navigation.target("inbox"), label="Call", icon=":material/call:", query_params={"lead": str(row.id)})
    if fresh > len(rows):
        inbox_page = navigation.target("inbox")
        st.page_link(
            inbox_page,
            label=f"All {fresh:,} new leads",
            icon=":material/arrow_forward:",
            query_params={"status": pills.word("new")},
        )


def _running(subscriptions: list[providers.SubscriptionView]) -> None:
    page.section("Your subscriptions")
    if not subscriptions:
        page.empty("None yet", "Choose a level: it says the price and how many share a lead.", icon="stairs")
    for view in subscriptions:
        why = f", {pills.reason(view.inactive_reason).lower()}" if view.inactive_reason else ""
        why += "" if view.filter_valid else ", its filter no longer fits the form"
        last = f"last {figures.ago(view.last_received_at)}" if view.last_received_at else "none received yet"
        st.markdown(
            f"{pills.pill(view.status)} **{view.niche_name}**, {view.level_name}  \n"
            f":gray[{figures.money(view.price_cents)} a lead, {last}{why}]"
        )
    st.page_link(navigation.target("subscriptions"), label="All levels", icon=":material/arrow_forward:")
