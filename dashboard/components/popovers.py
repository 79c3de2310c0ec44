"""Popovers for whoever goes by keys: Tab leads from the button into its panel, and from the panel's end back to the button.

The panel is drawn at the end of the document, so that by itself Tab would first pass everything that the page shows.
"""

from functools import lru_cache
from typing import Any

import streamlit as st

_SCRIPT = """
const CAN = "a[href], button, input, select, textarea, summary, [tabindex]";
const open = (name) => [...document.querySelectorAll(name)].pop();
const stops = (panel) =>
  [...panel.querySelectorAll(CAN)].filter((each) => each.tabIndex >= 0 && !each.disabled && each.getClientRects().length);
function tab(event) {
  if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
  const panel = open("[data-testid=stPopoverBody]"), button = open("[data-testid=stPopoverButton][aria-expanded=true]");
  if (!panel || !button) return;
  const at = document.activeElement, all = stops(panel);
  if (at === button && !event.shiftKey && all.length) go(event, all[0]);
  else if (panel.contains(at) && event.shiftKey && at === all[0]) go(event, button);
  else if (panel.contains(at) && !event.shiftKey && at === all[all.length - 1]) {
    go(event, button);
    button.click();
  }
}
function go(event, to) {
  event.preventDefault();
  event.stopImmediatePropagation();
  to.focus();
}
export default function () {
  window.addEventListener("keydown", tab, true);
  return () => window.removeEventListener("keydown", tab, true);
}
"""


def by_keys() -> None:
    """Once on every page."""
    _component()(key="popovers-by-keys", height=1)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_popovers", js=_SCRIPT)
