"""One source: its health, its runs and records, its quarantine, what it may be used for, what it costs, its settings."""

from uuid import UUID

import streamlit as st

from core import sourcing
from core.sourcing import SourceView
from core.sourcing.sources import SourceStatus
from dashboard.admin import (
    sources_cost,
    sources_form,
    sources_permission,
    sources_quarantine,
    sources_records,
    sources_runs,
)
from dashboard.admin.sources_words import HEALTH, health_pill
from dashboard.components import figures, page
from dashboard.components.confirm import confirm_button
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, read
from dashboard.live import fragment

TABS = ("Runs", "Records", "Quarantine", "Permission", "Costs", "Settings")


def show(source_id: UUID, *, may_act: bool) -> None:
    """The way back, the head with its acts, then a tab per matter."""
    page.back("sources", "All sources")
    source = read(sourcing.get_source, source_id=source_id)
    place = page.header(source.name, f"{source.kind_title}, short name {source.slug}.", pill=health_pill(source.health))
    if may_act:
        with place:
            _acts(source)
    _head(source_id)
    tabs = st.tabs(list(TABS), key="source-view", bind="query-params", on_change="rerun")
    parts = (
        lambda: sources_runs.runs(source_id),
        lambda: sources_records.records(source_id, may_act=may_act),
        lambda: sources_quarantine.quarantine(source_id, may_act=may_act),
        lambda: sources_permission.permission(source_id, kind=source.kind, may_act=may_act),
        lambda: sources_cost.costs(source_id, may_act=may_act),
        lambda: sources_form.edit(source_id, may_act=may_act),
    )
    for tab, part in zip(tabs, parts, strict=True):
        if tab.open:
            with tab:
                part()


@fragment(run_every=5)
def _head(source_id: UUID) -> None:
    """How it does, always fresh."""
    source = read(sourcing.get_source, source_id=source_id)
    tiles(
        [
            Tile("Last record", figures.ago(source.last_record_at)),
            Tile("Next run", figures.ago(source.next_run_at) if source.status == "active" else figures.DASH),
            Tile("Leads, 30 days", f"{source.fresh:,}", beside=f"of {source.records:,} records"),
            Tile("Errors", _share(source.error_rate), help="Records of the last 30 days that went to quarantine."),
            Tile("Duplicates", _share(source.duplicate_rate), help="Records of the last 30 days that we had already."),
            Tile("In quarantine", f"{source.in_quarantine:,}"),
        ]
    )
    st.caption(HEALTH[source.health][3] + (f" {source.last_error}" if source.last_error else "") + _rests(source))
    if source.running:
        for run in read(sourcing.list_runs, source_id=source_id, limit=5):
            if run.state == "running":
                sources_runs.progress(run)


def _share(value: float | None) -> str:
    return figures.percent(value, 1)


def _rests(source: SourceView) -> str:
    return f" It rests until {figures.exact(source.paused_until)}." if source.health == "resting" else ""


def _acts(source: SourceView) -> None:
    if source.status == "retired":
        return
    if source.kind == "upload":
        st.button("Upload a file", type="primary", icon=":material/upload_file:", key="upload-file", on_click=_bring)
    if source.status == "active" and source.pulls:
        allowed = source.health != "not_permitted"
        st.button(
            "Run now",
            type="primary",
            icon=":material/play_arrow:",
            key="run-source",
            disabled=source.running or not allowed,
            help=None if allowed else "Record a permission first.",
            on_click=act,
            args=(sourcing.request_run,),
            kwargs={"source_id": source.id, "said": "A worker walks through it; its progress is below."},
        )
    if source.status == "paused" or source.health == "resting":
        _set(source, "Wake", "active", "play_circle", "It is awake.")
    if source.status == "active":
        _set(source, "Pause", "paused", "pause_circle", "It is paused; what it pushes is refused meanwhile.")
    confirm_button(
        "Retire",
        will=f"{source.name} ends for good: it never runs again. Its leads, records and costs stay.",
        verb=f"Retire {source.name}",
        key="retire-source",
        icon="stop_circle",
        on_confirm=_to,
        args=(source.id, "retired", "It is retired."),
    )


def _bring() -> None:
    st.query_params["file"] = "1"


def _set(source: SourceView, label: str, status: SourceStatus, icon: str, said: str) -> None:
    st.button(label, icon=f":material/{icon}:", key=f"{status}-source", on_click=_to, args=(source.id, status, said))


def _to(source_id: UUID, status: SourceStatus, said: str) -> None:
    act(sourcing.set_status, source_id=source_id, status=status, said=said)
