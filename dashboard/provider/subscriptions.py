"""Subscriptions: the ladder of levels per niche, what each subscription wants, and where (SPEC 4)."""

from uuid import UUID

import streamlit as st

from core import ledger, niches, providers
from dashboard.components import figures, page, pills
from dashboard.components.opened import param_id
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, read, zone_of_browser
from dashboard.live import fragment
from dashboard.provider import areas, subscription


def show(user: CurrentUser) -> None:
    """Two tabs: levels and areas."""
    page.header("Subscriptions", "Which leads you buy, at which price, how many, and from where.")
    levels, where = st.tabs(["Levels", "Areas"], key="subs", bind="query-params", on_change="rerun")
    if levels.open:
        with levels:
            _levels(user)
    if where.open:
        with where:
            areas.areas()


@fragment
def _levels(user: CurrentUser) -> None:
    offered = read(niches.list_niches, open_only=True)
    if not offered:
        page.empty("No niches yet", "Niches appear here when the exchange opens them.", icon="category")
        return
    names = {str(niche.slug): niche for niche in offered}
    mine = {view.id: view for view in read(providers.subscriptions_of)}
    slug = st.segmented_control(
        "Niche",
        list(names),
        default=_niche_of(mine, offered),
        format_func=lambda key: names[key].name,
        key="niche",
        bind="query-params",
        label_visibility="collapsed",
        required=True,
    )
    niche = names.get(str(slug), offered[0])
    balance = read(ledger.balance, provider_id=user.actor.require_provider()).balance_cents
    rungs = read(providers.ladder, niche_id=niche.id)
    own = {id_: view for id_, view in mine.items() if view.niche_id == niche.id}
    opened = param_id("sub")
    if opened not in own:
        st.query_params.pop("sub", None)
    left, right = split("sub", key="sub", back="All levels", widths=(3, 4))
    with left:
        if niche.description:
            st.caption(niche.description)
        for rung in rungs:
            view = own.get(rung.subscription_id or UUID(int=0))
            _rung(rung, balance=balance, opened=opened, broken=view is not None and not view.filter_valid)
        st.caption(
            f"At most {figures.count(niche.max_providers, 'company', 'companies')} get the same lead, over all levels together."
        )
    with right:
        if opened in own:
            subscription.subscription(own[opened])
        else:
            page.empty("Choose a level", "Subscribe, or open one of yours to say which leads you want and when.", icon="stairs")


def _niche_of(mine: dict[UUID, providers.SubscriptionView], offered: list[niches.NicheView]) -> str:
    """The niche that opens: that of the subscription a link names, else the first one subscribed to or registered for."""
    named = mine.get(param_id("sub") or UUID(int=0))
    wanted = [view.niche_id for view in ([named] if named else mine.values())]
    wanted = wanted or read(providers.get_provider).niche_ids
    return str(next((niche.slug for id_ in wanted for niche in offered if niche.id == id_), offered[0].slug))


def _rung(rung: providers.Rung, *, balance: int, opened: UUID | None, broken: bool) -> None:
    mine = rung.subscription_id is not None
    with st.container(border=True, key=f"rung-{'on' if mine and rung.subscription_id == opened else 'off'}-{rung.level_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{rung.name}** {pills.pill(rung.status) if rung.status else ''}", width="stretch")
            st.markdown(f"#### {figures.money(rung.price_cents)}", anchors=False, width="content")
        st.markdown(f":gray[{_terms(rung)}]" + (f"  \n{rung.description}" if rung.description else ""))
        _announced(rung)
        if rung.inactive_reason:
            st.markdown(f":red[:material/error: {pills.reason(rung.inactive_reason)}.]")
        if broken:
            st.markdown(":red[:material/error: Its filter no longer fits the form: no lead comes until you correct it.]")
        if mine:
            st.button("Open", key=f"open-{rung.level_id}", icon=":material/tune:", on_click=_open, args=(rung.subscription_id,))
        else:
            short = balance < rung.price_cents
            st.button(
                f"Subscribe to {rung.name}",
                key=f"join-{rung.level_id}",
                help="It starts when your wallet can pay for one lead" if short else None,
                on_click=_subscribe,
                args=(rung.level_id, rung.name),
            )


def _announced(rung: providers.Rung) -> None:
    """A price to come, and the way to take it at once (SPEC 4.1)."""
    if rung.next_price_cents is None or rung.next_price_at is None:
        return
    when = figures.exact(rung.next_price_at, zone_of_browser())
    st.markdown(f":orange[:material/schedule: {figures.money(rung.next_price_cents)} from {when}.]")
    if rung.subscription_id is not None:
        st.button(
            f"Accept {figures.money(rung.next_price_cents)} now",
            key=f"price-{rung.level_id}",
            help="It applies as soon as every subscriber has accepted, or on the day above",
            on_click=_accept_price,
            args=(rung.level_id,),
        )


def _terms(rung: providers.Rung) -> str:
    shared = "Sold to you alone" if rung.exclusive else f"Shared by at most {rung.max_recipients} here, {rung.most_buyers} in all"
    others = rung.subscribers - (rung.status == "active")
    compete = f"{figures.count(others, 'other company', 'other companies')} in line" if others else "Nobody else in line"
    return f"{shared}. {compete}."


def _open(subscription_id: UUID) -> None:
    st.query_params["sub"] = str(subscription_id)


def _subscribe(level_id: UUID, name: str) -> None:
    made = act(providers.subscribe, level_id=level_id, said=f"You are subscribed to {name}.")
    if made is not None:
        st.query_params["sub"] = str(made.id)


def _accept_price(level_id: UUID) -> None:
    act(niches.consent_to_price, level_id=level_id, said="Noted. The price applies once every subscriber has accepted.")
