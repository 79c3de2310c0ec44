"""Runs of sources: what each brought, how far those are that go on (SPEC 8.1)."""

from uuid import UUID

import streamlit as st

from core import sourcing
from core.sourcing import RunRow
from dashboard.admin.sources_words import CAUSES, RUN_STATES, counts, took
from dashboard.components import figures, page, pager, tables
from dashboard.current import read
from dashboard.live import fragment

COLUMNS = {
    "source": tables.text("Source", width="medium"),
    "at": tables.text("Started"),
    "cause": tables.text("Why"),
    "state": tables.text("State"),
    "took": tables.text("Took"),
    "counts": tables.text("What came of it", width=460),
    "error": tables.text("Why it failed", width=160),
}


@fragment(run_every=3)
def runs(source_id: UUID | None) -> None:
    """Those of one source or of all, newest first; running ones with a bar."""
    found = read(sourcing.list_runs, source_id=source_id, before_id=pager.cursor("runs-before"), limit=pager.PAGE)
    if not found:
        page.empty("No runs yet", "Each walk through a source, each push and each upload is noted here.", icon="directions_run")
        return
    for run in found:
        if run.state == "running":
            progress(run)
    columns = {key: column for key, column in COLUMNS.items() if source_id is None or key != "source"}
    tables.table([_row(run) for run in found], columns, key=f"runs-{source_id or 'all'}")
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="runs-before")


def progress(run: RunRow) -> None:
    """How far a run is: a bar where the source said how many there are, the count where not."""
    told = f"{run.source}: {counts(run)}, began {figures.ago(run.started_at)}"
    if run.expected:
        st.progress(min(1.0, run.fetched / run.expected), text=f"{told}, of {run.expected:,}")
    else:
        st.markdown(f":material/progress_activity: {told}")


def _row(run: RunRow) -> tables.Row:
    return {
        "source": run.source,
        "at": figures.ago(run.started_at),
        "cause": CAUSES.get(run.cause, run.cause),
        "state": RUN_STATES.get(run.state, run.state),
        "took": took(run),
        "counts": counts(run),
        "error": run.error,
    }
