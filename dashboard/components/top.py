"""Something opened in the place of a list begins at its top; who comes back finds the list where it was left."""

from functools import lru_cache
from typing import Any

import streamlit as st

# Module state: the page that is drawn again for another reason stays where its reader is. Where the list was is noted at each
# press, since a browser moves up by itself as soon as what is opened is shorter than the list.
_SCRIPT = """
const PATIENCE_MS = 4000, OFTEN_MS = 50;
let shown = null, left = 0, timer = 0;
export default function ({ data }) {
  const main = document.querySelector("[data-testid=stMain]");
  if (!main) return;
  const before = shown;
  shown = data.opening;
  if (data.opening) {
    if (before !== shown) main.scrollTo(0, 0);
    return;
  }
  const note = () => { clearInterval(timer); left = main.scrollTop; };
  const presses = ["pointerdown", "keydown", "wheel"];
  presses.forEach((kind) => document.addEventListener(kind, note, true));
  if (before) goBack(main, left);
  return () => presses.forEach((kind) => document.removeEventListener(kind, note, true));
}
function goBack(main, to) {
  const until = Date.now() + PATIENCE_MS;
  clearInterval(timer);
  timer = setInterval(() => {
    const there = main.scrollHeight - main.clientHeight >= to;
    if (there) main.scrollTo(0, to);
    if (there || Date.now() > until) clearInterval(timer);
  }, OFTEN_MS);
}
"""


def begin(opening: str) -> None:
    """Go to the top of the page once for each ``opening``, which is another string whenever something is opened."""
    _component()(data={"opening": opening}, key="begin-at-top", height=1)


def remember() -> None:
    """Beside the list that things are opened from: it is where it was when they are closed."""
    _component()(data={"opening": ""}, key="back-in-list", height=1)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_top", js=_SCRIPT)
