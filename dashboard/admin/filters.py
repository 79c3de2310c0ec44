"""Filters of every company: what they say, what they said, the house's memos, and how niches filter (SPEC 4.7)."""

from uuid import UUID

import streamlit as st

from core import niches, providers
from core.kit.db import Json
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.admin import niche_filters
from dashboard.components import figures, fresh, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import again, fragment, say


def show(user: CurrentUser) -> None:
    """Changes, subscriptions and figures; one subscription's log when the address names it."""
    chosen = param_id("sub")
    if chosen:
        _subscription(chosen, may_note=user.role == "admin")
        return
    page.header("Filters", "Which leads companies want: every change with who made it, our memos, and what niches filter by.")
    changes, subscriptions, stats = st.tabs(
        ["Changes", "Subscriptions", "By niche"], key="filters", bind="query-params", on_change="rerun"
    )
    if changes.open:
        with changes:
            _changes()
    if subscriptions.open:
        with subscriptions:
            _subscriptions()
    if stats.open:
        with stats:
            _stats()


def _niche() -> niches.NicheView | None:
    named = {niche.slug: niche for niche in read(niches.list_niches)}
    slug = st.selectbox(
        "Niche",
        list(named),
        index=None,
        format_func=lambda key: named[key].name,
        placeholder="Every niche",
        key="niche",
        bind="query-params",
        width=200,
    )
    return named.get(str(slug))


@fragment
def _changes() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        memo = st.text_input("Memo has", placeholder="Asked for by telephone", key="memo", bind="query-params", width=280)
        niche = _niche()
    wanted = {"memo": memo or None, "niche_id": niche.id if niche else None}
    found = read(providers.find_filter_changes, **wanted, before_id=pager.cursor(of=wanted), limit=pager.PAGE)
    if not found:
        page.empty("No change fits", "Every saved filter adds one line here, with what it said before.", icon="filter_alt")
        return
    chosen = tables.table(
        [
            {
                "at": change.at,
                "company": change.company_name,
                "level": f"{change.niche_name}, {change.level_name}",
                "who": change.actor_name,
                "old": change.old_words,
                "new": change.new_words,
                "memos": " · ".join(change.memos),
            }
            for change in found
        ],
        {
            "at": tables.time("When", width=108),
            "company": tables.text("Company", width=165),
            "level": tables.text("Level", width=165),
            "who": tables.text("Who", width=105),
            "old": tables.text("Before", width=190),
            "new": tables.text("After", width=190),
            "memos": tables.text("Memos", width=150),
        },
        key="filter-changes",
        opens=True,
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    if chosen:
        _open(found[chosen[0]].subscription_id)


@fragment
def _subscriptions() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        niche = _niche()
        status = st.selectbox(
            "Status",
            ("active", "paused", "inactive", "ended"),
            index=None,
            placeholder="Every status",
            format_func=pills.word,
            key="status",
            bind="query-params",
            width=180,
        )
    found = read(
        providers.list_subscriptions,
        niche_id=niche.id if niche else None,
        status=status,
        before_id=pager.cursor("older", of=(niche and niche.id, status)),
        limit=pager.PAGE,
    )
    if not found:
        page.empty("No subscription fits", "Companies subscribe to levels; what they want appears here.", icon="stairs")
        return
    schemas = {id_: read(niches.current_schema, niche_id=id_) for id_ in {view.niche_id for view in found}}
    chosen = tables.table(
        [_line(view, schemas[view.niche_id]) for view in found],
        {
            "company": tables.text("Company"),
            "level": tables.text("Level"),
            "status": tables.text("Status"),
            "filter": tables.text("Wants", width="large"),
            "fits": tables.text("Fits the form"),
            "last": tables.time("Last lead"),
        },
        key="filter-subscriptions",
        opens=True,
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="older")
    if chosen:
        _open(found[chosen[0]].id)


def _line(view: providers.SubscriptionView, schema: Json) -> dict[str, object]:
    return {
        "company": view.company_name,
        "level": f"{view.niche_name}, {view.level_name}",
        "status": pills.word(view.status),
        "filter": providers.filter_in_words(view.filter_rules, schema),
        "fits": "Yes" if view.filter_valid else "No longer",
        "last": view.last_received_at,
    }


@fragment
def _stats() -> None:
    niche = _niche()
    if niche is not None:
        niche_filters.filters(niche)
        return
    st.markdown("**Where do filters break?** :gray[Choose a niche for its fields, its rules and the filters themselves.]")
    every = [(each, read(providers.filter_statistics, niche_id=each.id)) for each in read(niches.list_niches)]
    tables.table(
        [
            {"niche": each.name, "all": told.subscriptions, "filtered": told.with_filter, "broken": told.invalid}
            for each, told in every
        ],
        {
            "niche": tables.text("Niche", width="large"),
            "all": tables.number("Subscriptions"),
            "filtered": tables.number("With a filter"),
            "broken": tables.number("No longer fitting"),
        },
        key="filter-niches",
    )


def _subscription(subscription_id: UUID, *, may_note: bool) -> None:
    page.back("filters", "All filters")
    view = read(providers.get_subscription, subscription_id=subscription_id)
    fits = "" if view.filter_valid else " It no longer fits the form."
    words = providers.filter_in_words(view.filter_rules, read(niches.current_schema, niche_id=view.niche_id))
    page.header(f"{view.company_name}: {view.level_name}", f"{view.niche_name}. {words}{fits}", pill=pills.pill(view.status))
    st.page_link(
        navigation.target("providers"),
        label="The company",
        icon=":material/storefront:",
        query_params={"provider": str(view.provider_id), "part": "Subscriptions"},
    )
    _log(subscription_id, may_note=may_note)


@fragment
def _log(subscription_id: UUID, *, may_note: bool) -> None:
    changes = read(providers.filter_log, subscription_id=subscription_id)
    if not changes:
        page.empty("Never changed", "It was subscribed to without a filter.", icon="filter_alt")
    for change in changes:
        with st.container(border=True):
            st.markdown(f"**{change.actor_name or 'Somebody'}** :gray[{figures.exact(change.at)}]")
            page.facts([("Before", change.old_words), ("After", change.new_words)])
            for memo in change.memos:
                st.markdown(f":material/sticky_note_2: {memo}")
            if may_note:
                _note(change.id)


def _note(change_id: UUID) -> None:
    form = f"memo-{change_id}"
    with st.form(fresh.key(form), border=False):
        memo = st.text_input(
            "Memo, for administrators", key=f"words-{fresh.key(form)}", max_chars=1000, placeholder="Why, and who asked for it"
        )
        if st.form_submit_button("Add the memo"):
            noted = attempt(providers.note_filter_change, change_id=change_id, memo=memo or "")
            if isinstance(noted, HotleadsError):
                wording.show(noted)
                return
            fresh.done(form)
            say("The memo is added.")
            again()


def _open(subscription_id: UUID) -> None:
    st.query_params["sub"] = str(subscription_id)
    st.rerun()
