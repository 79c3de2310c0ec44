"""Dates, market and niche of a report, in the address; how old the figures are, and a button for fresh ones."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from core import markets, niches, ops, reports
from core.reports import Reported, Scope
from dashboard.components import figures
from dashboard.current import ask, read
from dashboard.wording import show

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "12 months", "own": "Own dates"}
FRESH = "report-fresh"


def filters() -> Scope:
    """Draw the choices and return the scope; a choice that can't be is told in words and ends the page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = st.segmented_control(
            "Period", list(PERIODS), default="30", format_func=PERIODS.__getitem__, key="over", bind="query-params",
            required=True, wrap=True,
        )  # fmt: skip
        dates = _dates() if period == "own" else {"days": int(str(period)) if str(period) in PERIODS else 30}
        market = _choice("Market", "All markets", {m.slug: m for m in read(markets.all_markets)}, "market")
        niche = _choice("Niche", "All niches", {n.slug: n for n in read(niches.list_niches)}, "niche")
    ids = {"market_id": market.id if market else None, "niche_id": niche.id if niche else None}
    scope = ask(reports.scope_of, **dates, **ids)
    if not isinstance(scope, Scope):
        show(scope)
        st.stop()
    return scope


def report(verb: Callable[..., Reported[Any]], scope: Scope, **more: Any) -> Reported[Any]:
    """A report of the scope, made anew when the button of its page was pressed, or while the demo's history is being written."""
    fresh = bool(st.session_state.get(FRESH)) or read(ops.demo_history) is not None
    return read(verb, scope=scope, refresh=fresh, **more)


def age(computed_at: datetime) -> None:
    """How old the figures are, and the button that makes them new."""
    st.session_state.pop(FRESH, None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Worked out {figures.ago(computed_at)}; kept for five minutes.")
        st.button("Work out anew", icon=":material/refresh:", type="tertiary", key="anew", on_click=_anew)


def words(scope: Scope) -> str:
    """``24 Oct to 22 Nov 2026``."""
    return figures.span(scope.since, scope.until)


def _anew() -> None:
    st.session_state[FRESH] = True


def _dates() -> dict[str, Any]:
    since = st.date_input("From", format="MM/DD/YYYY", value=None, key="since", bind="query-params", width=150)
    until = st.date_input("To", format="MM/DD/YYYY", value=None, key="until", bind="query-params", width=150)
    return {"since": since, "until": until}


def _choice(label: str, empty: str, named: dict[str, Any], key: str) -> Any:
    slug = st.selectbox(
        label,
        list(named),
        index=None,
        format_func=lambda s: named[s].name if s in named else s,
        placeholder=empty,
        key=key,
        bind="query-params",
        width=200,
    )
    return named.get(slug) if slug else None
