"""The last records of a source: what became of each, and for administrators what it says, exactly as it came (SPEC 8.3)."""

import json
from uuid import UUID

import streamlit as st

from core import sourcing
from core.kit.words import without_contact
from core.sourcing import RawRowView
from dashboard import navigation
from dashboard.admin.sources_words import OUTCOMES, record_word
from dashboard.components import figures, page, pager, tables
from dashboard.components.opened import opened
from dashboard.current import read
from dashboard.live import fragment

LONGEST_SHOWN = 20_000
COLUMNS = {
    "at": tables.text("Fetched"),
    "record": tables.text("Record", width="medium"),
    "outcome": tables.text("What became of it"),
    "type": tables.text("Form"),
    "bytes": tables.number("Bytes"),
    "lead": tables.text("Lead"),
}


@fragment
def records(source_id: UUID, *, may_act: bool) -> None:
    """The list, and the chosen record below it."""
    outcome = st.selectbox(
        "What became of it",
        list(OUTCOMES),
        index=None,
        format_func=lambda key: OUTCOMES[key],
        placeholder="All",
        key="record-outcome",
        bind="query-params",
        width=240,
        on_change=pager.first_page,
        args=("records-before",),
    )
    found = read(
        sourcing.list_raw, source_id=source_id, outcome=outcome, before_id=pager.cursor("records-before"), limit=pager.PAGE
    )
    if not found:
        page.empty("No records", "Every record is kept here as it came, whatever became of it.", icon="description")
        return
    picked = tables.opened([_row(row) for row in found], COLUMNS, key="records", param="record", ids=[row.id for row in found])
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="records-before")
    if picked is not None:
        _one(found[picked], may_act=may_act)


def _row(row: RawRowView) -> tables.Row:
    return {
        "at": figures.ago(row.fetched_at),
        "record": record_word(row.record_id),
        "outcome": OUTCOMES.get(row.outcome, row.outcome) + (" (test)" if row.test else ""),
        "type": row.media_type,
        "bytes": row.bytes,
        "lead": "Yes" if row.lead_id else "",
    }


def _one(row: RawRowView, *, may_act: bool) -> None:
    page.section(f"Record {record_word(row.record_id)}")
    page.facts(
        [
            ("Version", row.version),
            ("Fetched", figures.time_tag(row.fetched_at)),
            ("SHA-256 of what came", row.sha256),
            ("Address", without_contact(row.url or "")),
        ],
        columns=2,
    )
    if row.lead_id:
        st.page_link(navigation.target("leads"), label="Open its lead", query_params={"lead": str(row.lead_id)})
    if row.erased:
        st.info("What it said was erased with its person.", icon=":material/delete:")
    elif not may_act:
        st.caption("Administrators can read what it says; it may hold contact data.")
    elif st.toggle("Show what it says", key=f"raw-{row.id}", help="It may hold contact data; reading it is noted in the trail."):
        content(opened("raw-record", row.id, lambda: read(sourcing.read_raw, raw_id=row.id)))


def content(raw: bytes | None) -> None:
    """A record as text; what is no text is only counted."""
    if raw is None:
        st.info("What it said was erased with its person.", icon=":material/delete:")
        return
    try:
        told = raw.decode()
    except UnicodeDecodeError:
        st.info(f"{len(raw):,} bytes that are no text.", icon=":material/description:")
        return
    told, kind = laid_out(told)
    st.code(told[:LONGEST_SHOWN], language=kind, wrap_lines=True)
    if len(told) > LONGEST_SHOWN:
        st.caption(f"The first {LONGEST_SHOWN:,} of {len(told):,} characters.")


def laid_out(told: str) -> tuple[str, str | None]:
    """JSON with each part in a line of its own, as long as nothing but blanks changes; anything else as it came."""
    kind = "json" if told.lstrip().startswith(("{", "[")) else None
    try:
        lines = json.dumps(json.loads(told), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return told, kind
    return (lines if _same(lines, told) else told), kind


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
