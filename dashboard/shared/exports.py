"""Files of rows: ask for one, see how far it is, fetch it (SPEC 12.3, 7.6). Staff and providers share it."""

from typing import Any

import streamlit as st

from core import markets, niches, reports
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.reports.exports import ExportView
from dashboard import wording
from dashboard.components import figures, page, pager, pills
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import fragment, say

FORMATS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "geoparquet": "GeoParquet, with places"}
STATES = {"queued": "queued", "running": "taken", "ready": "done", "failed": "failed", "expired": "expired"}
ASKED = "files-asked"
WORDS = {"queued": "Waiting", "running": "Being written", "ready": "Ready", "failed": "Failed", "expired": "No longer kept"}


def exports(user: CurrentUser, action: Any) -> None:
    """The form, in the place of the page's main action, and the files asked for."""
    # A form that was sent is closed: the next one is another panel.
    panel = f"ask-file-{st.session_state.get(ASKED, 0)}"
    with action, st.popover("Ask for a file", icon=":material/add:", type="primary", width="content", key=panel):
        _form(user)
    _list()


def _form(user: CurrentUser) -> None:
    known = {dataset.key: dataset for dataset in reports.exports.datasets_for(user.actor)}
    with st.form("export", border=False):
        dataset = str(st.selectbox("What", list(known), format_func=lambda key: known[key].title))
        st.caption("  \n".join(f"{row.title}: {row.sentence}" for row in known.values()))
        format = str(st.segmented_control("As", list(FORMATS), default="csv", format_func=FORMATS.__getitem__, required=True))
        with st.container(horizontal=True):
            since = st.date_input("From", format="MM/DD/YYYY", value=None, help="Empty: the last 30 days")
            until = st.date_input("To", format="MM/DD/YYYY", value=None)
        with st.container(horizontal=True):
            market = _choice("Market", "All markets", {m.id: m.name for m in read(markets.all_markets)})
            niche = _choice("Niche", "All niches", {n.id: n.name for n in read(niches.list_niches)})
        if st.form_submit_button("Ask for this file", type="primary"):
            wanted = {
                "dataset": dataset,
                "format": format,
                "since": since,
                "until": until,
                "market_id": market,
                "niche_id": niche,
            }
            done = attempt(reports.exports.request_export, **wanted)
            if isinstance(done, HotleadsError):
                wording.show(done)
                return
            st.session_state[ASKED] = st.session_state.get(ASKED, 0) + 1
            say(f"{figures.count(done.rows_total, 'row')} will be written. You get a mail when the file is there.")
            st.rerun()


def _choice(label: str, empty: str, named: dict[Any, str]) -> Any:
    return st.selectbox(label, list(named), index=None, format_func=named.__getitem__, placeholder=empty)


@fragment(run_every=3)
def _list() -> None:
    rows = read(reports.exports.exports_of, before_id=pager.cursor(), limit=pager.PAGE)
    if not rows:
        page.empty("No files yet", "Ask for one: it is written by a job, kept for a day, and you get a mail.", icon="folder_zip")
        return
    for row in rows:
        _line(row)
    pager.pager(rows[-1].id, full=len(rows) == pager.PAGE)


def _line(row: ExportView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"{pills.pill(STATES[row.state], WORDS[row.state])} **{row.title}** :gray[{FORMATS.get(row.format, row.format)}, "
            f"{figures.count(row.rows_total, 'row')}{_size(row)}, asked for {figures.ago(row.requested_at)}]"
        )
        if row.link:
            st.link_button("Download", _path(row.link), icon=":material/download:", width="content")
            st.caption(f"Kept until {figures.ago(row.expires_at, now=utc_now()).removeprefix('in ')} from now", width="content")
        elif row.state == "running":
            st.progress(min(1.0, row.rows_done / max(1, row.rows_total)), text=f"{row.rows_done:,} of {row.rows_total:,} rows")
        elif row.error:
            st.caption(row.error)


def _size(row: ExportView) -> str:
    return f", {row.bytes / 1e6:,.1f} MB" if row.bytes else ""


def _path(link: str) -> str:
    """The link without the address: whichever one the page was opened by."""
    return "/" + link.split("/", 3)[3]
