"""A word above figures that are not all there yet: on a first start the demo's history is written while people look."""

import streamlit as st

from core import ops
from dashboard.components import figures
from dashboard.current import read
from dashboard.live import fragment


def filling() -> None:
    """How far it is, until it is there; nothing on an instance without the demo."""
    if read(ops.demo_history) is not None:
        _told()


@fragment(run_every=3)
def _told() -> None:
    done = read(ops.demo_history)
    if done is not None:
        told = f"The demo's ninety days are still being written, {figures.percent(done / 100)} so far."
        st.info(f"{told} Figures fill in by themselves.", icon=":material/hourglass_top:")
