"""Something opened in the place of a list begins at its top, wherever in the list the reader was."""

from functools import lru_cache
from typing import Any

import streamlit as st

# Module state: the page that is drawn again for another reason stays where its reader is.
_SCRIPT = """
let shown = null;
export default function ({ data }) {
  if (shown !== data.opening) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  shown = data.opening;
}
"""


def begin(opening: str) -> None:
    """Go to the top of the page once for each ``opening``, which is another string whenever something is opened."""
    _component()(data={"opening": opening}, key="begin-at-top", height=1)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_top", js=_SCRIPT)
