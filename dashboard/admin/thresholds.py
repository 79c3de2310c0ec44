"""The settings of running the exchange, where its queues are; all others are on the page Settings."""

import streamlit as st

from core import accounts, ops
from dashboard import navigation
from dashboard.admin import setting_row
from dashboard.current import read
from dashboard.live import fragment


@fragment
def settings(*, may_edit: bool) -> None:
    """Those of operations, and the way to the rest."""
    views = [view for view in read(ops.thresholds) if view.chapter == "operations"]
    people = read(accounts.names_of, user_ids=[view.updated_by for view in views if view.updated_by])
    for view in views:
        setting_row.row(view, by=people.get(view.updated_by) if view.updated_by else None, may_edit=may_edit)
    st.page_link(navigation.target("business"), label="All settings of the business", icon=":material/arrow_forward:")
