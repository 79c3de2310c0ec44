"""Filters over leads that live in the address, for the review queue and the explorer (SPEC 3.1)."""

from typing import Any

import streamlit as st

from core import leads, markets, niches
from dashboard.components import figures, periods
from dashboard.current import read, zone_of_browser
from dashboard.shared.lead import ORIGINS

SORTS: dict[leads.Sort, str] = {
    "oldest": "Oldest first",
    "newest": "Newest first",
    "quality": "Best quality first",
    "fraud": "Most suspicious first",
}


def lead_filters(*, may_search: bool, sort: leads.Sort) -> tuple[leads.LeadFilter, leads.Sort]:
    """Draw the filters; what is left empty does not restrict."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        niche = _choice("Niche", {n.slug: n for n in read(niches.list_niches)}, "niche", 200)
        market = _choice("Market", {m.slug: m for m in read(markets.all_markets)}, "market", 180)
        order = st.selectbox(
            "Order",
            list(SORTS),
            index=list(SORTS).index(sort),
            format_func=SORTS.__getitem__,
            key="sort",
            bind="query-params",
            width=210,
        )
        with st.popover("More filters", icon=":material/tune:"):
            more = _more(may_search=may_search, zone=market.timezone if market else zone_of_browser())
    chosen = leads.LeadFilter(niche_id=niche.id if niche else None, market_id=market.id if market else None, **more)
    return chosen, order or sort


def _choice(label: str, named: dict[str, Any], key: str, width: int) -> Any:
    slug = st.selectbox(
        label,
        list(named),
        index=None,
        format_func=lambda s: named[s].name if s in named else s,
        placeholder="All",
        key=key,
        bind="query-params",
        width=width,
    )
    return named.get(slug) if slug else None


def _more(*, may_search: bool, zone: str) -> dict[str, Any]:
    search = None
    if may_search:
        search = st.text_input("E-mail, phone or name", key="q", bind="query-params", help="A whole address or number is fastest")
    zip_code = st.text_input("ZIP", key="zip", bind="query-params", max_chars=5)
    source = st.selectbox(
        "Source", list(ORIGINS), index=None, placeholder="All", format_func=ORIGINS.__getitem__, key="source", bind="query-params"
    )
    days = st.selectbox(
        "Submitted",
        (1, 7, 30, 90),
        index=None,
        placeholder="Any time",
        format_func=lambda n: "Today" if n == 1 else f"In the last {n} days",
        key="days",
        bind="query-params",
    )
    quality = st.slider("Quality", 0, 100, (0, 100), key="quality", bind="query-params")
    fraud = st.slider("Fraud risk in percent", 0, 100, (0, 100), key="fraud", bind="query-params")
    return {
        "search": search or None,
        "zip": zip_code or None,
        "source": source,
        "since": periods.began(days, zone=zone) if days else None,
        "min_quality": quality[0] or None,
        "max_quality": quality[1] if quality[1] < 100 else None,
        "min_fraud": fraud[0] / 100 or None,
        "max_fraud": fraud[1] / 100 if fraud[1] < 100 else None,
    }


def as_row(row: leads.LeadRow) -> dict[str, Any]:
    """A lead as a row of a table."""
    return {
        "niche": row.niche,
        "place": figures.place(row.city, row.zip),
        "market": row.market,
        "name": row.name,
        "quality": row.quality,
        "fraud": row.fraud,
        "source": ORIGINS.get(row.source, row.source),
        "submitted": row.submitted_at,
        "waited": row.confirmed_at,
    }
