"""Providers: the companies that buy, each with its standing, wallet, subscriptions and areas (SPEC 1.3, 4, 6)."""

from uuid import UUID

import streamlit as st

from core import markets, niches, providers
from dashboard.admin import flagged, provider_claims, provider_parts, provider_wallet
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.components.tiles import Tile, tiles
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

STATUSES = ("pending", "active", "suspended", "deactivated")


def show(user: CurrentUser) -> None:
    """The list, or one company when the address names it."""
    chosen = param_id("provider")
    if chosen:
        _company(chosen, user)
    else:
        page.header("Providers", "The companies that buy leads: who they are, what they hold and what they wait for.")
        companies, outstanding = st.tabs(["Companies", "Flagged"], key="providers-tab", bind="query-params", on_change="rerun")
        if companies.open:
            with companies:
                _list()
        if outstanding.open:
            with outstanding:
                flagged.flagged()


@fragment
def _list() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Search", placeholder="Company or owner's e-mail", key="q", bind="query-params", width=280)
        status = st.selectbox(
            "Status",
            STATUSES,
            index=None,
            placeholder="Every status",
            format_func=pills.word,
            key="status",
            bind="query-params",
            width=180,
        )
    wanted = {"search": search or None, "status": status}
    found = read(providers.list_providers, **wanted, before_id=pager.cursor(of=wanted), limit=pager.PAGE)
    if not found:
        page.empty("No provider fits", "Companies appear here when they register.", icon="storefront")
        return
    chosen = tables.table(
        [_line(row) for row in found],
        {
            "company": tables.text("Company", width="medium"),
            "status": tables.text("Status"),
            "owner": tables.text("Owner"),
            "balance": tables.money("Balance"),
            "subscriptions": tables.text("Subscriptions"),
            "last": tables.time("Last lead"),
            "joined": tables.time("Joined"),
        },
        key="providers",
        opens=True,
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    if chosen:
        st.query_params["provider"] = str(found[chosen[0]].id)
        st.rerun()


def _line(row: providers.ProviderRow) -> dict[str, object]:
    return {
        "company": row.company_name,
        "status": pills.word(row.status),
        "owner": row.owner_email,
        "balance": tables.dollars(row.balance_cents),
        "subscriptions": f"{row.active_subscriptions} of {row.live_subscriptions} running",
        "last": row.last_lead_at,
        "joined": row.created_at,
    }


def _company(provider_id: UUID, user: CurrentUser) -> None:
    page.back("providers", "All providers")
    view = read(providers.get_provider, provider_id=provider_id)
    sentence = f"{view.owner_name or 'No owner yet'}, {view.owner_email or 'no address'}."
    with page.header(view.company_name, sentence, pill=pills.pill(view.status)):
        if user.role == "admin":
            provider_parts.standing(view)
    if view.status_reason:
        st.caption(f"Reason of the status: {verbatim(view.status_reason)}")
    flagged.notice(view.id)
    tiles(
        [
            Tile("Balance", figures.money(view.balance_cents)),
            Tile("Subscriptions running", f"{view.active_subscriptions} of {view.live_subscriptions}"),
            Tile("Last lead", figures.ago(view.last_lead_at)),
            Tile("Joined", figures.ago(view.created_at), help=figures.exact(view.created_at)),
        ]
    )
    names = ["Profile", "Wallet", "Subscriptions", "Areas", "Claims", "Activity"]
    profile, wallet, subscriptions, areas, claims, activity = st.tabs(names, key="part", bind="query-params", on_change="rerun")
    if profile.open:
        with profile:
            _profile(view)
    if wallet.open:
        with wallet:
            provider_wallet.wallet(view.id, may_move=user.role == "admin")
    if subscriptions.open:
        with subscriptions:
            provider_parts.subscriptions(view.id)
    if areas.open:
        with areas:
            provider_parts.areas(view.id)
    if claims.open:
        with claims:
            provider_claims.claims(view.id)
    if activity.open:
        with activity:
            provider_parts.activity(view.id, may_read=user.role == "admin")


def _profile(view: providers.ProviderView) -> None:
    named_niches = {niche.id: niche.name for niche in read(niches.list_niches)}
    named_markets = {market.id: market.name for market in read(markets.all_markets)}
    page.facts(
        [
            ("Phone", figures.phone(view.phone)),
            ("Website", view.website),
            ("About", view.about),
            ("Profile complete", figures.time_tag(view.profile_completed_at)),
            ("Owner's e-mail", "Verified" if view.email_verified else "Not verified yet"),
            ("Activated", figures.time_tag(view.activated_at)),
            ("Interested in", ", ".join(named_niches.get(id_, "a niche") for id_ in view.niche_ids)),
            ("In the markets", ", ".join(named_markets.get(id_, "a market") for id_ in view.market_ids)),
        ],
        columns=2,
    )
