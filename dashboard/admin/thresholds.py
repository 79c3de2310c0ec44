"""Settings as data: each with its sentence, who changed it last, and its bounds (SPEC, preamble)."""

import streamlit as st

from core import ops
from dashboard.components import figures
from dashboard.current import act, read
from dashboard.live import fragment


@fragment
def settings(*, may_edit: bool) -> None:
    """Every threshold with a field; a change is saved on its own and written to the trail."""
    st.caption("A change works within seconds and is written to the audit trail.")
    for view in read(ops.thresholds):
        with st.container(horizontal=True, vertical_alignment="center", key=f"threshold-{view.key}"):
            changed = f" Changed {figures.ago(view.updated_at)}; shipped with {view.default:,}." if view.updated_at else ""
            st.markdown(f"{view.sentence}  \n:gray[{view.least:,} to {view.most:,} {view.unit}.{changed}]", width="stretch")
            value = st.number_input(
                view.sentence,
                view.least,
                view.most,
                view.value,
                key=f"value-{view.key}-{view.value}",
                label_visibility="collapsed",
                width=150,
                disabled=not may_edit,
            )
            st.button(
                "Save",
                key=f"save-{view.key}",
                disabled=not may_edit or value == view.value,
                on_click=_save,
                args=(view.key, value),
            )


def _save(key: str, value: int) -> None:
    act(ops.set_threshold, key=key, value=value, said="Saved.")
