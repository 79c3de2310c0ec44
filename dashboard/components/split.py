"""A list and a detail: side by side on a desk, one after the other on a phone."""

from collections.abc import Sequence
from typing import Any

import streamlit as st


def split(param: str, *, key: str, back: str, widths: Sequence[int] = (2, 3)) -> tuple[Any, Any]:
    """Two places, list and detail; on a phone only one shows: the detail when ``param`` is in the address."""
    is_open = param in st.query_params
    left, right = st.columns(list(widths), gap="medium")
    listed = left.container(key=f"split-list-{'away' if is_open else 'here'}-{key}")
    detail = right.container(key=f"split-detail-{'here' if is_open else 'away'}-{key}")
    if is_open:
        with detail.container(key=f"split-back-{key}"):
            st.button(back, icon=":material/arrow_back:", type="tertiary", key=f"back-{key}", on_click=_close, args=(param,))
    return listed, detail


def _close(param: str) -> None:
    st.query_params.pop(param, None)
