"""Clocks that run down in the browser: the page is drawn once, and no request is made for a second that passes."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import streamlit as st

from core.kit.clock import utc_now
from dashboard.components import figures

# The reader's own clock may be wrong: what counts is how much was left when the page was drawn.
_SCRIPT = """
export default function ({ data }) {
  const wrong = Date.now() - data.now;
  const tick = () => document.querySelectorAll("time.hl-clock").forEach((clock) => {
    const left = Math.max(0, Math.ceil((Date.parse(clock.dateTime) - Date.now() + wrong) / 1000));
    const text = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "Ran out";
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("hl-last", left <= 60);
  });
  tick();
  const timer = setInterval(tick, 500);
  return () => clearInterval(timer);
}
"""


def clock(until: datetime, *, zone: str = "UTC") -> str:
    """A moment as the time that is left, as HTML; it ticks when ``run`` is on the page."""
    left = max(0, round((until - utc_now()).total_seconds()))
    words = f"{left // 60}:{left % 60:02d}" if left else "Ran out"
    last = " hl-last" if left <= 60 else ""
    return (
        f'<time class="hl-clock{last}" datetime="{until.isoformat()}" title="Until {figures.exact(until, zone)}">{words}</time>'
    )


def run() -> None:
    """Have every clock of the page tick; its last minute is in the accent's colour."""
    _component()(data={"now": round(utc_now().timestamp() * 1000)}, key="clocks", height=1)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("hotleads_clocks", js=_SCRIPT)
