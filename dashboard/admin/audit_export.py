"""The entries of the trail that the filters leave, as a file (SPEC 1.9, 12.3)."""

from datetime import timedelta
from typing import Any

import streamlit as st

from core import reports
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.components import figures
from dashboard.current import attempt
from dashboard.live import say
from dashboard.shared.exports import FORMATS

ABOUT = "Every entry that fits the filters above. Without days: those of the last 30. Days of a file are those of UTC."


def offer(filters: dict[str, Any]) -> None:
    """The way to a file of what the filters leave, and to the files asked for."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        with st.popover("Export", icon=":material/download:", width="content"), st.form("audit-export", border=False):
            st.caption(ABOUT)
            names = [name for name in FORMATS if name != "geoparquet"]
            format = st.segmented_control("As", names, default="csv", format_func=FORMATS.__getitem__, required=True)
            if st.form_submit_button("Ask for this file", type="primary"):
                _ask(filters, str(format))
        st.page_link(navigation.target("exports"), label="Files", icon=":material/folder_open:")


def _ask(filters: dict[str, Any], format: str) -> None:
    days = {
        "since": filters["since"].date() if filters["since"] else None,
        "until": (filters["until"] - timedelta(days=1)).date() if filters["until"] else None,
    }
    matching = {name: value for name, value in filters.items() if name not in days}
    done = attempt(reports.exports.request_export, dataset="audit", format=format, matching=matching, **days)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say(f"{figures.count(done.rows_total, 'entry', 'entries')} will be written. The file appears under Exports.")
