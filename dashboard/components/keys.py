"""Single keys that press a button of the page: for people who decide a hundred leads in a row.

Whoever talks to their browser, or rests a hand on the keys, switches them off on their account's page (WCAG 2.1.4); the
browser keeps that, since it is about this keyboard and not about the person's work.
"""

from functools import lru_cache
from typing import Any

import streamlit as st

# Caught before Streamlit's own keys (it keeps R for itself), and left alone while somebody is typing.
_SCRIPT = """
export default function ({ data }) {
  const typing = (at) => at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  const pressed = (event) => {
    if (localStorage.getItem("hotleads.keys") === "off") return;
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

_SWITCH = """
export default function ({ parentElement }) {
  const box = parentElement.querySelector("input");
  box.checked = localStorage.getItem("hotleads.keys") !== "off";
  box.onchange = () => localStorage.setItem("hotleads.keys", box.checked ? "on" : "off");
}
"""
_LABEL = """<label><input type="checkbox"> Single keys press the buttons that name them, such as A to approve</label>"""
_LOOK = """
label { display: flex; gap: 0.5rem; align-items: center; cursor: pointer; }
label { color: var(--st-text-color); font-family: var(--st-font); }
input { accent-color: var(--st-primary-color); width: 1.1rem; height: 1.1rem; flex: none; margin: 0; cursor: pointer; }
"""


def keys(**buttons: str) -> None:
    """``keys(a="approve")``: A presses the button with ``key="approve"``."""
    _component()(data={"keys": buttons}, key="keys", height=1)


def keys_switch() -> None:
    """A box that switches them off and on again in this browser."""
    _switch()(key="keys_switch")


@lru_cache(maxsize=1)
def _switch() -> Any:
    return st.components.v2.component("hotleads_keys_switch", html=_LABEL, css=_LOOK, js=_SWITCH)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_keys", js=_SCRIPT)
