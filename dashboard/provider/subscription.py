"""One subscription: its standing, what it wants, how much and when (SPEC 4.2, 4.4, 4.8)."""

from uuid import UUID

import streamlit as st

from core import niches, providers
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, pills, tables
from dashboard.components.confirm import confirm_button
from dashboard.current import act, attempt, read
from dashboard.live import say
from dashboard.provider import filters, hours, missed

PERIODS = {"day": "a day", "week": "a week", "month": "a month"}


def subscription(view: providers.SubscriptionView) -> None:
    """Everything about one subscription, in parts that save on their own."""
    page.section(f"{view.niche_name}: {view.level_name}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{pills.pill(view.status)} {figures.money(view.price_cents)} a lead  \n"
            f":gray[Last lead {figures.ago(view.last_received_at)}]",
            width="stretch",
        )
        _standing(view)
    if view.inactive_reason:
        st.warning(f"{pills.reason(view.inactive_reason)}. It starts again by itself.", icon=":material/error:")
    names = ["What you want", "How much", "When", "What you missed"]
    wants, much, when, past = st.tabs(names, key="wish", bind="query-params", on_change="rerun")
    if wants.open:
        with wants:
            filters.filters(view, read(niches.current_schema, niche_id=view.niche_id))
    if much.open:
        with much:
            _caps(view)
    if when.open:
        with when:
            hours.hours(view)
    if past.open:
        with past:
            missed.missed(view)


def _standing(view: providers.SubscriptionView) -> None:
    if view.status == "paused":
        st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=_resume, args=(view.id,))
    else:
        st.button("Pause", icon=":material/pause:", on_click=_pause, args=(view.id,))
    confirm_button(
        "End",
        will=f"You leave {view.level_name}. Leads you bought stay yours. If you come back you keep your place in the line.",
        verb=f"End {view.level_name}",
        key=f"end-{view.id}",
        on_confirm=_end,
        args=(view.id,),
    )


def _pause(subscription_id: UUID) -> None:
    act(providers.pause, subscription_id=subscription_id, said="Paused. Nothing comes until you resume.")


def _resume(subscription_id: UUID) -> None:
    act(providers.resume, subscription_id=subscription_id, said="Resumed.")


def _end(subscription_id: UUID) -> None:
    if act(providers.unsubscribe, subscription_id=subscription_id, said="Ended.") is not None:
        st.query_params.pop("sub", None)


def _caps(view: providers.SubscriptionView) -> None:
    st.caption("The most you want, counted on the clock of the lead's market. Leave a field empty for no limit.")
    with st.form(f"caps-{view.id}", border=False):
        given: dict[str, str] = {}
        for period, words in PERIODS.items():
            leads, spend = st.columns(2)
            cap = getattr(view, f"cap_leads_{period}")
            cents = getattr(view, f"cap_spend_{period}_cents")
            with leads:
                given[f"leads_{period}"] = st.text_input(f"Leads {words}", "" if cap is None else str(cap)) or ""
            with spend:
                shown = "" if cents is None else figures.money(cents)
                given[f"spend_{period}_cents"] = st.text_input(f"Money {words}", shown, placeholder="$500.00") or ""
        if st.form_submit_button("Save the limits", type="primary"):
            _save_caps(view.id, given)
    _usage(view.id)


def _save_caps(subscription_id: UUID, given: dict[str, str]) -> None:
    try:
        caps = providers.Caps(**{name: _number(name, text) for name, text in given.items()})
    except (HotleadsError, ValueError):
        st.warning("Enter whole numbers of leads and amounts such as $500.00, or leave a field empty.", icon=":material/info:")
        return
    saved = attempt(providers.set_caps, subscription_id=subscription_id, caps=caps)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
    else:
        say("The limits are saved.")


def _number(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    return int(parse_usd(text)) if name.startswith("spend") else int(text.replace(",", ""))


def _usage(subscription_id: UUID) -> None:
    lines = read(providers.usage, subscription_id=subscription_id)
    st.markdown("**So far**")
    tables.table(
        [
            {
                "period": f"This {line.period}",
                "leads": line.leads,
                "of": line.cap_leads,
                "spent": tables.dollars(line.spent_cents),
                "limit": tables.dollars(line.cap_spend_cents),
            }
            for line in lines
        ],
        {
            "period": tables.text("Period"),
            "leads": tables.number("Leads"),
            "of": tables.number("Limit"),
            "spent": tables.money("Spent"),
            "limit": tables.money("Limit of money"),
        },
        key="usage",
    )
