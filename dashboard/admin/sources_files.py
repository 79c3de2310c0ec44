"""Files that were brought: who, when, what came of their rows, and the refused ones to download (SPEC 8.1)."""

from uuid import UUID

import streamlit as st

from core import sourcing
from core.sourcing import FileRow
from dashboard.admin.sources_words import DOORS, NOBODY, RUN_STATES
from dashboard.components import figures, page, pager, tables
from dashboard.current import read
from dashboard.live import fragment

COLUMNS = {
    "name": tables.text("File", width="medium"),
    "at": tables.text("When"),
    "rows": tables.number("Rows"),
    "leads": tables.number("Leads"),
    "nothing_new": tables.number("Nothing new"),
    "refused": tables.number("Refused"),
    "state": tables.text("State"),
    "who": tables.text("Brought by"),
    "door": tables.text("Came by"),
    "source": tables.text("Source", width="medium"),
}


@fragment
def files(source_id: UUID | None) -> None:
    """Those of one source or of all, newest first; one that is picked hands out its refused rows."""
    found = read(sourcing.list_files, source_id=source_id, before_id=pager.cursor("files-before"), limit=pager.PAGE)
    if not found:
        page.empty(
            "No files yet", "Each file that somebody brings stands here, with the rows that were refused.", icon="upload_file"
        )
        return
    columns = {key: column for key, column in COLUMNS.items() if source_id is None or key != "source"}
    picked = tables.table(
        [_row(one) for one in found], columns, key=f"files-{source_id or 'all'}", opens=True, ids=[one.id for one in found]
    )
    if picked:
        _refused(found[picked[0]])
    else:
        st.caption("Pick a file to download its refused rows. Refused rows could not be read, or make no lead as they are.")
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="files-before")


def _refused(one: FileRow) -> None:
    if not one.bad_rows + one.quarantined:
        st.caption(f"No row of {one.name} was refused.")
        return
    st.download_button(
        f"Download {figures.count(one.bad_rows + one.quarantined, 'refused row')} of {one.name}",
        data=lambda: read(sourcing.refused_rows, file_id=one.id),
        file_name=f"{one.name.rsplit('.', 1)[0]}-refused.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="files-refused",
    )
    st.caption("Row, field and reason; what the rows said stands in the file itself, and in quarantine while they wait.")


def _row(one: FileRow) -> tables.Row:
    return {
        "name": one.name,
        "source": one.source,
        "who": one.who or NOBODY[one.door],
        "door": DOORS[one.door],
        "at": figures.ago(one.asked_at),
        "state": "Waiting" if one.state == "waiting" else RUN_STATES.get(one.state, one.state),
        "rows": one.rows + one.bad_rows,
        "leads": one.leads,
        "nothing_new": one.nothing_new,
        "refused": one.bad_rows + one.quarantined,
    }
