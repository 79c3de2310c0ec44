"""Results: what came of the leads, by niche and channel, beside the market's median (SPEC 7.5)."""

from datetime import date
from typing import Any
from uuid import UUID

import altair as alt
import pandas as pd
import streamlit as st

from core import inbox, niches
from dashboard import theme
from dashboard.components import charts, figures, page, periods, tables
from dashboard.components.periods import Period
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

CHANNELS = {"distribution": "Distribution", "marketplace": "Marketplace"}
COLUMNS = {
    "received": tables.number("Received"),
    "viewed": tables.number("Viewed"),
    "accepted": tables.number("Accepted"),
    "won": tables.number("Won"),
    "win_rate": tables.number("Won of received", shown="percent"),
    "claims": tables.number("Reported"),
    "net": tables.money("Net spend"),
    "cost": tables.money("Cost per won"),
    "value": tables.money("Won business"),
}


def show(user: CurrentUser) -> None:
    """One fragment: the choice of time, niche and channel redraws the rest."""
    page.header("Results", "What your leads bring: from the first look to the won job, and what a won one costs.")
    _results()


@fragment
def _results() -> None:
    period, niche_id, channel = _choice()
    found = read(inbox.results, since=period.since, until=period.until, zone=period.zone, niche_id=niche_id, channel=channel)
    st.caption(f"Leads delivered from {period.words}, whatever came of them since.")
    if not found.whole.received:
        page.empty(
            "No leads in this time", "Figures appear with the first lead delivered. Choose a longer time.", icon="query_stats"
        )
        return
    _tiles(found.whole, found.market)
    left, right = st.columns(2, gap="large")
    with left:
        _funnel(found.whole)
    with right:
        _days(found, period)
    _table("Which niche pays off?", "Niche", found.niches, key="niches")
    _table("Which channel pays off?", "Channel", found.channels, key="channels")


def _choice() -> tuple[Period, UUID | None, str | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = periods.choose()
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
        channel = st.selectbox(
            "Channel",
            list(CHANNELS),
            index=None,
            format_func=CHANNELS.__getitem__,
            placeholder="Every channel",
            key="channel",
            bind="query-params",
            width=180,
        )
    return period, named[slug].id if slug in named else None, channel


def _tiles(own: inbox.Kpis, market: inbox.Median | None) -> None:
    """The company's figures, and the market's median under those that have one."""
    tiles([*_of_leads(own, market), *_of_money(own, market)], least=160)
    if market is None:
        st.caption("The market's median appears when at least five other companies bought enough leads in this time.")
    else:
        st.caption(f"Market: the median of {figures.count(market.companies, 'company', 'companies')}, rounded.")


def _of_leads(own: inbox.Kpis, market: inbox.Median | None) -> list[Tile]:
    decided = "Of the leads you decided on"
    accepted, won, seen, reported = (
        (percent(market.acceptance_rate), percent(market.win_rate), figures.duration(market.view_s), percent(market.claim_rate))
        if market
        else (None,) * 4
    )
    return [
        Tile("Received", f"{own.received:,}"),
        Tile("Accepted", percent(own.acceptance_rate), help=decided, beside=_median(accepted)),
        Tile("Rejected", percent(own.rejection_rate), help=decided),
        Tile("Won", percent(own.win_rate), help=f"{own.won:,} leads", beside=_median(won)),
        Tile(
            "First look after",
            figures.duration(own.view_s),
            help="The median, from delivery to opening the lead",
            beside=_median(seen),
        ),
        Tile("Accepted after", figures.duration(own.accept_s), help="The median, from delivery to accepting"),
        Tile("Reported as bad", percent(own.claim_rate), help=f"{own.claims:,} leads", beside=_median(reported)),
    ]


def _of_money(own: inbox.Kpis, market: inbox.Median | None) -> list[Tile]:
    return [
        Tile("Refunded", figures.money(own.refunded_cents), help=f"{own.refunded:,} leads"),
        Tile("Net spend", figures.money(own.net_spend_cents), help="After refunds"),
        Tile(
            "Cost per won lead",
            figures.money(own.cost_per_won_cents),
            help="Net spend by won leads",
            beside=_median(market and figures.money(market.cost_per_won_cents)),
        ),
        Tile("Won business", figures.money(own.won_value_cents), help="The values you entered for won leads"),
    ]


def percent(rate: float | None) -> str:
    """``0.425`` -> ``42.5%``; a dash when there is nothing to divide."""
    return figures.percent(rate, 1)


def _median(told: str | None) -> str | None:
    return f"Market {told}" if told and told != figures.DASH else None


def _funnel(own: inbox.Kpis) -> None:
    st.markdown("**Where do your leads get stuck?**")
    steps = [("Received", own.received), ("Viewed", own.viewed), ("Accepted", own.accepted)]
    steps += [("Contacted", own.contacted), ("Won", own.won)]
    rows = [{"step": f"{name} {number:,} ({percent(number / own.received)})", "leads": number} for name, number in steps]
    frame = tables.frame_of(rows, ("step", "leads"))
    chart = (
        alt.Chart(frame)
        .mark_bar(color=_hue("sea"), height=22)
        .encode(
            x=alt.X("leads:Q", axis=None, scale=alt.Scale(zero=True)),
            y=alt.Y("step:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, ticks=False, domain=False)),
            tooltip=[alt.Tooltip("step:N", title="Step"), alt.Tooltip("leads:Q", title="Leads", format=",")],
        )
    )
    st.altair_chart(chart, height=220, key="funnel")


def _days(found: inbox.Results, period: Period) -> None:
    st.markdown("**How many come, and how many do you win?**")
    by_day = {date.fromisoformat(part.key): part.kpis for part in found.days}
    nothing = inbox.Kpis()
    rows = [
        {"day": day, "kind": kind, "leads": number}
        for day in period.days
        for kind, number in (
            ("Won", by_day.get(day, nothing).won),
            ("Not won", by_day.get(day, nothing).received - by_day.get(day, nothing).won),
        )
    ]
    frame = pd.DataFrame(rows, columns=["day", "kind", "leads"]).assign(day=lambda told: pd.to_datetime(told["day"]))
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True)),
            y=alt.Y("leads:Q", title=None, axis=alt.Axis(tickMinStep=1, format=",d"), scale=alt.Scale(zero=True)),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=["Won", "Not won"], range=[_hue("live"), _hue("sea")]),
                legend=alt.Legend(orient="top"),
            ),
            order=alt.Order("kind:N", sort="descending"),
            tooltip=[alt.Tooltip("day:T", title="Day", format="%a %-d %b"), "kind:N", alt.Tooltip("leads:Q", title="Leads")],
        )
    )
    st.altair_chart(chart, height=220, key="days")


def _table(question: str, name: str, parts: tuple[inbox.Part, ...], *, key: str) -> None:
    """The figures of each part, and the same as a file."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{question}**")
        file = st.container(width="content")
    rows = [_row(part) for part in parts]
    file.download_button(
        "CSV",
        charts.as_csv(rows, ("part", *COLUMNS)),
        f"results-{key}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{key}",
    )
    tables.table(rows, {"part": tables.text(name, width="medium")} | COLUMNS, key=f"results-{key}")


def _row(part: inbox.Part) -> dict[str, Any]:
    own = part.kpis
    return {
        "part": CHANNELS.get(part.label, part.label),
        "received": own.received,
        "viewed": own.viewed,
        "accepted": own.accepted,
        "won": own.won,
        "win_rate": own.win_rate,
        "claims": own.claims,
        "net": tables.dollars(own.net_spend_cents),
        "cost": tables.dollars(own.cost_per_won_cents),
        "value": tables.dollars(own.won_value_cents),
    }


def _hue(name: str) -> str:
    return theme.HUES[name][st.context.theme.type == "dark"]
