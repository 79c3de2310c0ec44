"""Why each company did or did not get a lead, run by run: a part of the lead's page (SPEC 4.5, 5.5)."""

from uuid import UUID

import streamlit as st

from core import distribution
from dashboard.components import figures, page, pills
from dashboard.components.wrapped import wrapped
from dashboard.current import read

WORDS = {"won": "Won", "refused": "Passed over", "stood_still": "Stood still"}


def why(lead_id: UUID, zone: str) -> None:
    """One table per run: in turn, the verdict, the reason, and what would have won it."""
    page.section("Who was considered, and why", "In turn, as things stood then. Whoever is not named was not reached.")
    runs = read(distribution.why, lead_id=lead_id)
    if not runs:
        page.empty("No run yet", "Everybody whom a run considers appears here, with the reason.", icon="rule")
    for run in runs:
        _run(run, zone)


def _run(run: distribution.RunWhy, zone: str) -> None:
    guessed = run.replayed and not run.agrees
    won = sum(row.verdict == "won" for row in run.rows)
    told = figures.count(len(run.rows), "subscription") + (" in the line" if guessed else f" in the line, {won} won")
    st.markdown(f"**{figures.exact(run.at, zone)}** :gray[{told}] {_proof(run)}")
    if guessed:
        st.caption(f"{distribution.REPLAYED} So this is what the rules say of the line as it is known, not what the run did.")
    if not run.rows:
        st.caption("Nobody stood in the line of any level that could sell.")
        return
    wrapped(
        [
            {
                "place": row.place,
                "company": row.company,
                "level": row.level,
                "verdict": WORDS[row.verdict],
                "why": row.sentence + (f" {row.others} more." if row.others else ""),
                "change": row.change,
            }
            for row in run.rows
        ],
        {
            "place": "Turn",
            "company": "Company",
            "level": "Level",
            "verdict": "Verdict",
            "why": "Why",
            "change": "What would have won it",
        },
        label=f"Who was considered on {figures.exact(run.at, zone)}",
        wide=("why", "change"),
    )


def _proof(run: distribution.RunWhy) -> str:
    """Whether the trace can be trusted; the demo's past, which was not made in its order, is no cause for worry."""
    if run.agrees:
        return pills.tag("Agrees with the run's own record", icon="verified", tone="live")
    if run.replayed:
        return pills.tag("Demo history", icon="history", tone="neutral")
    return pills.tag("Differs from the run's own record", icon="warning", tone="waiting")
