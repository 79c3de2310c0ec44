"""Bring a file: its source, a look at what it holds, what its columns mean, and how far it is taken in (SPEC 8.1)."""

from typing import Any
from uuid import UUID

import streamlit as st

from core import niches, sourcing
from core.kit.errors import HotleadsError
from core.sourcing import SourceRow
from dashboard import wording
from dashboard.admin import sources_permission
from dashboard.admin.source_upload_file import file
from dashboard.admin.sources_files import files
from dashboard.admin.sources_runs import progress
from dashboard.admin.sources_words import counts
from dashboard.components import figures, page
from dashboard.components.opened import param_id
from dashboard.current import attempt, read
from dashboard.live import fragment, say

SENTENCE = "Bring leads as CSV, XLSX or vCard: look at them first, then have them taken in."


def show() -> None:
    """Choose or add the source; then what it lacks, or how far its last file is and the place for the next."""
    page.back("sources", "All sources")
    page.header("Upload a file", SENTENCE)
    source = _source()
    if source is None:
        return
    if source.health == "not_permitted":
        page.section("What may be done with its records?", "Nothing comes in before this is recorded.")
        sources_permission.permission(source.id, kind=source.kind, may_act=True)
        _until_permitted(source.id)
    elif source.status == "paused":
        st.info(f"{source.name} is paused. Wake it on its page, then bring the file.", icon=":material/pause_circle:")
        _link(source.id, "Open its page")
    else:
        _under_way(source.id)
        file(source.id)
        page.section("Files so far", "What came of each, and its refused rows.")
        files(source.id)


def _source() -> SourceRow | None:
    found = [row for row in read(sourcing.list_sources) if row.kind == "upload" and row.status != "retired"]
    known, asked = {row.id: row for row in found}, param_id("source")
    if known:
        ids = list(known)
        chosen = st.selectbox(
            "Source", ids, index=ids.index(asked) if asked in known else None, format_func=lambda key: known[key].name,
            placeholder="Who the file is from", key=f"file-source-{asked}", width=400,
        )  # fmt: skip
        if chosen != asked and chosen is not None:
            _open(chosen)
    else:
        page.empty("No source of files yet", "Add one: each file belongs to somebody who lets us use it.", icon="upload_file")
    with st.expander("Add a source of files", icon=":material/add:", expanded=not known):
        _add()
    return known.get(asked) if asked else None


def _add() -> None:
    named = {row.id: row.name for row in read(niches.list_niches)}
    with st.form("file-source-new", border=False):
        name = st.text_input("Name", max_chars=100, placeholder="Who the file is from", width=400)
        niche = st.selectbox(
            "Niche", list(named), index=None, format_func=lambda key: named[key], placeholder="What its rows say", width=400
        )
        if st.form_submit_button("Add the source", type="primary"):
            added = attempt(sourcing.add_source, kind="upload", name=name or "", niche_id=niche)
            if isinstance(added, HotleadsError):
                wording.show(added)
                return
            say("The source is added.")
            _open(added.id)


def _open(source_id: UUID) -> None:
    st.query_params["source"] = str(source_id)
    st.rerun()


@fragment(run_every=2)
def _until_permitted(source_id: UUID) -> None:
    """Go on by itself once the decision is recorded."""
    if read(sourcing.get_source, source_id=source_id).health != "not_permitted":
        st.rerun()


@fragment(run_every=2)
def _under_way(source_id: UUID) -> None:
    """The file that is being taken in, or what became of the last one; it goes on when the page is left."""
    waiting = read(sourcing.waiting_file, source_id=source_id)
    runs = [run for run in read(sourcing.list_runs, source_id=source_id, limit=10) if run.cause == "upload"]
    running = next((run for run in runs if run.state == "running"), None)
    with st.container(key="file-progress"):
        if running:
            progress(running)
            st.caption("You may leave this page: it goes on, and stands here when you come back.")
        elif waiting:
            st.markdown(f":material/hourglass_top: {figures.count(waiting.rows, 'row')} wait for a worker, "
                        f"since {figures.ago(waiting.since)}. You may leave this page.")  # fmt: skip
            if waiting.error:
                st.caption("The last try broke off; it is tried again by itself.")
        elif runs:
            _last(source_id, runs[0])


def _last(source_id: UUID, run: Any) -> None:
    if run.state == "done":
        st.success(f"The last file is through, {figures.ago(run.finished_at)}: {counts(run)}.", icon=":material/check:")
    else:
        why = run.error or "Its worker stopped."
        st.warning(f"The last file broke off: {counts(run)} came in. {why} Bring it again; it goes on there.")
    label = "Look at those in quarantine" if run.quarantined else "Open the source"
    _link(source_id, label, view="Quarantine" if run.quarantined else "Runs")


def _link(source_id: UUID, label: str, *, view: str = "Runs") -> None:
    page.forward("sources", label, source=str(source_id), **{"source-view": view})
