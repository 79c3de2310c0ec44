"""Single keys that press a button of the page: for people who decide a hundred leads in a row."""

from functools import lru_cache
from typing import Any

import streamlit as st

# Caught before Streamlit's own keys (it keeps R for itself), and left alone while somebody is typing.
_SCRIPT = """
export default function ({ data }) {
  const typing = (at) => at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const name = data.keys[event.key.toLowerCase()];
    const button = name && document.querySelector(`.st-key-${name} button:not([disabled])`);
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  };
  window.addEventListener("keydown", pressed, true);
  return () => window.removeEventListener("keydown", pressed, true);
}
"""


def keys(**buttons: str) -> None:
    """``keys(a="approve")``: A presses the button with ``key="approve"``."""
    _component()(data={"keys": buttons}, key="keys", height=1)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_keys", js=_SCRIPT)
