"""The book of fairness: expected against received by level over time (SPEC 5.7)."""

from uuid import UUID

import streamlit as st

from core import distribution
from dashboard.components import charts, figures, page, pills, tables
from dashboard.current import read

TURNS = {"longest_wait": "Longest wait first", "largest_deficit": "Largest deficit first"}
KEPT_AWAY = ("capped", "paused", "unfunded", "own_choice", "stopped")


def book(niche_id: UUID, days: int) -> None:
    """Each level: its chart over time, and everybody's line."""
    levels = read(distribution.fairness_book, niche_id=niche_id, days=days)
    st.caption(
        "Of a lead that k of n companies can get, each is due k/n. What limits, pauses, empty wallets or own choices keep away "
        "is owed by nobody. A newcomer's first lead is made good. The book is a minute behind."
    )
    for level in levels:
        _level(level)


def _level(level: distribution.LevelBook) -> None:
    last = level.days[-1] if level.days else None
    index = f"{last.jain:.3f}" if last and last.jain is not None else figures.DASH
    worst = max((share.deficit for share in level.shares), default=0.0)
    st.markdown(
        f"**{level.level}** {pills.tag(TURNS[level.rotation], icon='swap_vert')} "
        f":gray[Jain's index {index}, largest deficit {worst:.1f} leads]"
    )
    if not last:
        st.caption("Nothing was sold at it in this time.")
        return
    _over_time(level)
    if not level.shares:
        page.empty("Nobody subscribes at the moment", "Lines appear with the first subscription.", icon="balance")
        return
    tables.table(
        [_line(share) for share in level.shares],
        {
            "company": tables.text("Company"),
            "state": tables.text("State"),
            "expected": tables.number("Due", shown="%.1f"),
            "received": tables.number("Received"),
            "newcomer": tables.number("As newcomer", shown="%.1f"),
            "refunded": tables.number("Paid back"),
            "deficit": tables.number("Owed, all time", shown="%.1f"),
            "capped": tables.number("Limits", shown="%.1f"),
            "paused": tables.number("Paused", shown="%.1f"),
            "unfunded": tables.number("No balance", shown="%.1f"),
            "own_choice": tables.number("Own choice", shown="%.1f"),
            "stopped": tables.number("Stopped", shown="%.1f"),
        },
        key=f"book-{level.level_id}",
    )


def _line(share: distribution.FairShare) -> tables.Row:
    kept = {name: getattr(share, name) for name in ("expected", "received", "newcomer", "refunded", "deficit", *KEPT_AWAY)}
    return {"company": share.company, "state": pills.word(share.status)} | kept


def _over_time(level: distribution.LevelBook) -> None:
    rows = [
        {"day": day.day, "jain": day.jain, "worst": day.worst_deficit, "failed": day.failed_runs or None} for day in level.days
    ]
    span = f"{level.days[0].day:%-d %b} to {level.days[-1].day:%-d %b %Y}"
    charts.with_table(
        "How far behind is the one worst served?",
        span,
        rows,
        {
            "day": st.column_config.DateColumn("Day"),
            "jain": tables.number("Jain's index", shown="%.3f"),
            "worst": tables.number("Largest deficit, leads", shown="%.2f"),
            "failed": tables.number("Failed runs"),
        },
        name=f"fairness-{level.level_id}",
    )
    left, right = st.columns(2)
    with left:
        worst = charts.Series("Leads owed", "accent", [(row["day"], row["worst"]) for row in rows])
        charts.lines([worst], key=f"worst-{level.level_id}", format=",.1f", height=180)
    with right:
        evenly = charts.Series("Jain's index", "sea", [(row["day"], row["jain"]) for row in rows])
        charts.lines([evenly], key=f"jain-{level.level_id}", format=".2f", height=180)
