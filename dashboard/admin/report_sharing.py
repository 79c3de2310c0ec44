"""Who gets the leads, who goes without, and what comes back."""

import streamlit as st

from core import reports, returns
from core.reports import ClaimsReport, Fairness, Scope
from dashboard import navigation
from dashboard.admin.report_filters import report, words
from dashboard.components import charts, figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read

REASONS = {"spam": "Spam", "duplicate": "Duplicate", "invalid_contact": "Invalid contact", "out_of_scope": "Out of scope"}


def fairness(scope: Scope) -> None:
    """Jain's index and starvation per level."""
    found: Fairness = report(reports.fairness, scope).value
    if not found.levels:
        page.empty("No levels yet", "Fairness is measured per level of a niche.", icon="balance")
        return
    columns = {"level": tables.text("Level"), "niche": tables.text("Niche"), "jain": tables.share("Jain's index", shown="%.2f"),
               "received": tables.number("Leads"), "subscriptions": tables.number("Running"), "least": tables.number("Least"),
               "most": tables.number("Most"), "starving": tables.number("Starving")}  # fmt: skip
    rows = [
        {"level": line.level, "niche": line.niche, "jain": line.jain, "received": line.received, "least": line.least,
         "subscriptions": line.subscriptions, "most": line.most, "starving": line.starving}
        for line in found.levels
    ]  # fmt: skip
    charts.with_table("How evenly is each level shared?", f"{words(scope)}, all markets", rows, columns, name="fairness")
    st.caption("Jain's index is 1 when everybody got the same, and 1 divided by their number when one got everything.")
    measured = sorted((line for line in found.levels if line.jain is not None), key=lambda line: line.jain or 0)
    charts.ranked(
        [
            (f"{line.niche}: {line.level}", line.jain or 0, f"{line.jain:.2f}, {figures.count(line.received, 'lead')}")
            for line in measured
        ],
        key="jain-bars",
    )
    _starving(scope, found.starving_days)


def _starving(scope: Scope, days: int) -> None:
    lines = read(reports.starvation, niche_id=scope.niche_id)
    rows = [
        {
            "company": line.company,
            "niche": line.niche,
            "level": line.level,
            "since": line.waiting_since,
            "last": line.last_received_at,
        }
        for line in lines
    ]
    columns = {"company": tables.text("Company"), "niche": tables.text("Niche"), "level": tables.text("Level"),
               "since": tables.time("Waiting since"), "last": tables.time("Last lead")}  # fmt: skip
    page.section("Who goes without?", f"Running, and nothing received for {days} days.")
    if not lines:
        st.caption("Nobody.")
        return
    chosen = tables.table(rows, columns, key="starving", opens=True)
    if chosen:
        line = lines[chosen[0]]
        query = {"provider": str(line.provider_id), "part": "Subscriptions"}
        st.page_link(
            navigation.target("providers"), label=f"Open {line.company}", icon=":material/arrow_forward:", query_params=query
        )


def claims(scope: Scope) -> None:
    """Reports of bad leads, and companies that stand out."""
    found: ClaimsReport = report(reports.claims, scope).value
    rate = found.approval_rate
    tiles(
        [
            Tile("Reported", f"{found.reported:,}"),
            Tile("Upheld", figures.percent(rate), help="Of those decided"),
            Tile("Time to an answer", figures.duration(found.answer_p50_s), help="Median"),
            Tile("95 of 100 within", figures.duration(found.answer_p95_s)),
            Tile("Answered late", f"{found.late:,}", help="After their clock, or still open beyond it"),
            Tile("Paid back", figures.money(sum(found.refunded_cents.values()))),
        ]
    )
    if found.lines:
        _claim_lines(found, scope)
    else:
        page.empty("No bad leads reported in this time", "Providers report them from their inbox.", icon="thumb_up")
    _flags()


def _claim_lines(found: ClaimsReport, scope: Scope) -> None:
    columns = {"niche": tables.text("Niche"), "reason": tables.text("Reason"), "reported": tables.number("Reported"),
               "approved": tables.number("Upheld"), "rejected": tables.number("Rejected"),
               "open": tables.number("Open")}  # fmt: skip
    rows = [
        {"niche": line.niche, "reason": _reason(line.reason), "reported": line.reported, "approved": line.approved,
         "rejected": line.rejected, "open": line.open}
        for line in found.lines
    ]  # fmt: skip
    charts.with_table("What is wrong with bad leads?", words(scope), rows, columns, name="claims")
    totals: dict[str, int] = {}
    for line in found.lines:
        totals[_reason(line.reason)] = totals.get(_reason(line.reason), 0) + line.reported
    ranked = sorted(totals.items(), key=lambda pair: -pair[1])
    charts.ranked([(name, count, f"{count:,}") for name, count in ranked], key="claim-bars")


def _flags() -> None:
    page.section("Whose reports stand out?", "Information only: nothing follows by itself.")
    flags = read(returns.flags)
    if not flags:
        st.caption("Nobody's.")
        return
    tables.table(
        [{"company": flag.company, "reports": flag.reports, "why": " ".join(flag.reasons)} for flag in flags],
        {"company": tables.text("Company"), "reports": tables.number("Reports"), "why": tables.text("Why", width="large")},
        key="flags",
    )


def _reason(code: str) -> str:
    return REASONS.get(code, code.replace("_", " ").capitalize())
