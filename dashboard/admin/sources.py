"""Sources: where leads come from, how each source does, and what waits in quarantine (SPEC 8)."""

import streamlit as st

from core import sourcing
from core.sourcing import SourceRow
from dashboard.admin import (
    source_upload,
    sources_enrichment,
    sources_files,
    sources_form,
    sources_one,
    sources_quarantine,
    sources_runs,
)
from dashboard.admin.sources_words import health_word, last_days, sells
from dashboard.components import figures, page, tables
from dashboard.components.opened import param_id
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

TABS = ("Sources", "Quarantine", "Runs", "Files", "Enrichment")
SENTENCE = "Where leads come from: whether each source is well, what it may be used for, and what waits for a person."


def show(user: CurrentUser) -> None:
    """One source when its id is in the address, a new one when asked for, the list otherwise."""
    may_act = user.role == "admin"
    if may_act and "file" in st.query_params:
        source_upload.show()
    elif (source_id := param_id("source")) is not None:
        sources_one.show(source_id, may_act=may_act)
    elif may_act and "new" in st.query_params:
        sources_form.add()
    else:
        _overview(may_act=may_act)


def _overview(*, may_act: bool) -> None:
    with page.header("Sources", SENTENCE):
        if may_act:
            st.button("Add a source", type="primary", icon=":material/add:", key="add-source", on_click=_begin)
            st.button("Upload a file", icon=":material/upload_file:", key="upload-file", on_click=_bring)
    listed, waiting, runs, brought, enriched = st.tabs(list(TABS), key="view", bind="query-params", on_change="rerun")
    if listed.open:
        with listed:
            _list()
    if waiting.open:
        with waiting:
            sources_quarantine.quarantine(None, may_act=may_act)
    if runs.open:
        with runs:
            sources_runs.runs(None)
    if brought.open:
        with brought:
            sources_files.files(None)
    if enriched.open:
        with enriched:
            sources_enrichment.comparison(may_act=may_act)


def _begin() -> None:
    st.query_params["new"] = "1"


def _bring() -> None:
    st.query_params["file"] = "1"


COLUMNS = {
    "name": tables.text("Source", width="medium"),
    "health": tables.text("Health", width=100),
    "sell": tables.text("May be sold", width=110),
    "record": tables.text("Last record", width=100),
    "next": tables.text("Next run", width=100),
    "fresh": tables.number("Leads, 30 days", width=105),
    "cost": tables.money("Cost per lead", width=105),
    "errors": tables.number("Errors", shown="percent", width=75),
    "duplicates": tables.number("Duplicates", shown="percent", width=85),
    "waiting": tables.number("In quarantine", width=100),
}


@fragment(run_every=10)
def _list() -> None:
    rows = read(sourcing.list_sources)
    if not rows:
        how = "Add one, record what it may be used for, then run it. Nothing comes from a source without a permission."
        page.empty("No sources yet", how, icon="cable")
        return
    live = [row for row in rows if row.status != "retired"]
    tiles(
        [
            Tile("Well", f"{sum(row.health == 'well' for row in live):,}"),
            Tile("Need a look", f"{sum(row.health in ('quiet', 'failing', 'resting', 'not_permitted') for row in live):,}"),
            Tile("Running now", f"{sum(row.running for row in live):,}"),
            Tile("Leads, 30 days", f"{sum(row.fresh for row in live):,}"),
            Tile("In quarantine", f"{sum(row.in_quarantine for row in live):,}"),
        ]
    )
    since, until = last_days(30)
    costs = {row.source_id: row.cost_per_lead_cents for row in read(sourcing.quality_by_source, since=since, until=until)}
    picked = tables.table([_row(row, costs.get(row.id)) for row in rows], COLUMNS, key="sources", opens=True)
    st.caption("Errors and duplicates are shares of the records of the last 30 days that said something new.")
    if picked:
        st.query_params["source"] = str(rows[picked[0]].id)
        st.rerun()


def _row(row: SourceRow, cents_per_lead: int | None) -> tables.Row:
    return {
        "name": row.name,
        "health": "Running" if row.running else health_word(row.health),
        "record": figures.ago(row.last_record_at),
        "next": figures.ago(row.next_run_at) if row.status == "active" and row.pulls else figures.DASH,
        "fresh": row.fresh,
        "cost": tables.dollars(cents_per_lead),
        "errors": row.error_rate,
        "duplicates": row.duplicate_rate,
        "waiting": row.in_quarantine,
        "sell": sells(row.may_sell),
    }
