"""The funnel and the money, over time."""

from typing import Any

import streamlit as st

from core import reports
from core.ledger import KIND_WORDS
from core.reports import Funnel, Revenue, Scope
from dashboard.admin.report_filters import report, words
from dashboard.components import charts, figures, page, pills, tables
from dashboard.components.charts import Series
from dashboard.components.tiles import Tile, tiles

STEPS = {"submitted": "Submitted", "confirmed": "Confirmed", "approved": "Approved", "distributed": "Distributed"}


def funnel(scope: Scope) -> None:
    """The steps one below the other, over time, and what waits."""
    names = {"day": "By day", "week": "By week"} | ({"hour": "By hour"} if scope.days <= 14 else {})
    step = st.segmented_control("Step", list(names), default="day", format_func=names.__getitem__, key="step",
                                bind="query-params", required=True, label_visibility="collapsed")  # fmt: skip
    found: Funnel = report(reports.funnel, scope, step=step if step in names else "day").value
    if not any(found.totals.values()):
        page.empty("Nothing in this time", "Figures appear with the first request. Choose a longer time.", icon="filter_alt")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _steps(found, scope)
        _waiting(found)
    with right:
        _over_time(found, scope)


def _steps(found: Funnel, scope: Scope) -> None:
    rows = _ranked(found.totals)
    columns = {"step": tables.text("Step"), "leads": tables.number("Leads"), "share": tables.text("Of the step before")}
    told = [{"step": name, "leads": count, "share": share} for name, count, share in rows]
    charts.with_table("Where do leads get stuck?", words(scope), told, columns, name="funnel")
    charts.ranked([(name, count, f"{count:,}  {share}") for name, count, share in rows], key="funnel-steps")
    st.caption("Each step counts on the day it was taken, so one may exceed the step before it when older leads catch up.")


def _ranked(totals: dict[str, int]) -> list[tuple[str, int, str]]:
    rows, before = [], None
    for key, name in STEPS.items():
        share = f"({figures.percent(totals[key] / before)})" if before else ""
        rows.append((name, totals[key], share))
        before = totals[key]
    return rows


def _waiting(found: Funnel) -> None:
    st.markdown("**What waits now?**")
    if not found.waiting:
        st.caption("Nothing waits.")
    for line in found.waiting:
        st.markdown(
            f"{pills.pill(line.status)} {figures.count(line.leads, 'lead')} :gray[the first since {figures.ago(line.since)}]"
        )


def _over_time(found: Funnel, scope: Scope) -> None:
    columns: dict[str, Any] = {"at": tables.text("When")} | {key: tables.number(name) for key, name in STEPS.items()}
    columns |= {"rejected": tables.number("Rejected"), "sold": tables.number("Sales")}
    rows = [{"at": str(point.at)} | {key: getattr(point, key) for key in columns if key != "at"} for point in found.points]
    charts.with_table("How do the steps go over time?", words(scope), rows, columns, name="funnel-time")
    tones = dict(zip(STEPS, ("neutral", "waiting", "sea", "accent"), strict=True))
    series = [Series(name, tones[key], [(p.at, getattr(p, key)) for p in found.points]) for key, name in STEPS.items()]
    charts.lines(series, key="funnel-lines", height=320)


def revenue(scope: Scope) -> None:
    """Sales, refunds and deposits over time, and who earned it."""
    names = {"day": "By day", "week": "By week", "month": "By month"}
    step = st.segmented_control("Step", list(names), default="day", format_func=names.__getitem__, key="money-step",
                                bind="query-params", required=True, label_visibility="collapsed")  # fmt: skip
    found: Revenue = report(reports.revenue, scope, step=step if step in names else "day").value
    if not any((point.revenue_cents, point.refund_cents, point.deposit_cents) != (0, 0, 0) for point in found.points):
        page.empty("No money moved in this time", "Sales and deposits appear as they happen.", icon="payments")
        return
    sold, back = sum(point.revenue_cents for point in found.points), sum(point.refund_cents for point in found.points)
    split = scope.market_id or scope.niche_id
    tiles(
        [
            Tile("Revenue", figures.money(sold)),
            Tile("Refunds", figures.money(back)),
            Tile("Net", figures.money(sold - back)),
            *(
                Tile(KIND_WORDS.get(kind, kind), figures.money(cents), help="Of all niches and markets" if split else "")
                for kind, cents in sorted(found.transfers.items())
                if kind not in ("refund", "lead_charge")
            ),
        ]
    )
    _money(found, scope)
    _earners(found, scope)


def _money(found: Revenue, scope: Scope) -> None:
    columns = {"at": tables.text("When"), "revenue": tables.money("Revenue"), "refunds": tables.money("Refunds"),
               "net": tables.money("Net"), "deposits": tables.money("Deposits")}  # fmt: skip
    rows = [
        {
            "at": str(point.at),
            "revenue": tables.dollars(point.revenue_cents),
            "refunds": tables.dollars(point.refund_cents),
            "net": tables.dollars(point.net_cents),
            "deposits": tables.dollars(point.deposit_cents),
        }
        for point in found.points
    ]
    charts.with_table("What comes in, and what goes back?", words(scope), rows, columns, name="revenue")
    series = [
        Series("Kept", "sea", [(point.at, max(0, point.net_cents) / 100) for point in found.points]),
        Series("Refunded", "accent", [(point.at, point.refund_cents / 100) for point in found.points]),
    ]
    charts.bars(series, key="revenue-bars", format="$,.0f")


def _earners(found: Revenue, scope: Scope) -> None:
    columns = {"niche": tables.text("Niche"), "market": tables.text("Market"), "sales": tables.number("Sales"),
               "revenue": tables.money("Revenue"), "refunds": tables.money("Refunds")}  # fmt: skip
    rows = [
        {
            "niche": line.niche,
            "market": line.market,
            "sales": line.sales,
            "revenue": tables.dollars(line.revenue_cents),
            "refunds": tables.dollars(line.refund_cents),
        }
        for line in found.earners
    ]
    charts.with_table("Which niche earns where?", words(scope), rows, columns, name="earners")
    top = [
        (f"{line.niche}, {line.market}", line.revenue_cents / 100, figures.money(line.revenue_cents)) for line in found.earners
    ]
    charts.ranked(top[:12], key="earner-bars")
