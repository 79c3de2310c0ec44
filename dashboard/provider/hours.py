"""Delivery hours: when leads may come, per weekday, on the clock of the lead's market (SPEC 4.8)."""

from uuid import UUID

import streamlit as st

from core import providers
from core.kit.db import Json
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.current import attempt
from dashboard.live import say

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
TIMES = [f"{half // 2:02d}:{30 * (half % 2):02d}" for half in range(49)]
USUAL = ("08:00", "18:00")


def hours(view: providers.SubscriptionView) -> None:
    """Any time, or a span per weekday."""
    stored: Json = view.delivery_hours or {}
    limited = st.toggle("Only in certain hours", view.delivery_hours is not None, key=f"limited-{view.id}")
    if not limited:
        st.caption("Leads may come at any time of any day.")
        if view.delivery_hours is not None and st.button("Save: any time", type="primary"):
            _save(view.id, None)
        return
    st.caption("On the clock of the lead's market. A day that is off gets nothing.")
    if any(len(spans) > 1 for spans in stored.values()):
        st.info("Some days have several spans, set through the API. Saving here keeps one span a day.", icon=":material/info:")
    wanted: Json = {}
    for day, name in DAYS.items():
        spans = stored.get(day) or []
        with st.container(horizontal=True, vertical_alignment="center"):
            on = st.checkbox(name, bool(spans) or not stored, key=f"{day}-{view.id}", width=130)
            start, end = spans[0] if spans else USUAL
            chosen = st.select_slider(
                f"Hours on {name}",
                TIMES,
                (_nearest(start), _nearest(end)),
                key=f"span-{day}-{view.id}",
                disabled=not on,
                label_visibility="collapsed",
            )
        if on:
            wanted[day] = [list(chosen)]
    if st.button("Save the hours", type="primary"):
        _save(view.id, wanted)


def _nearest(time: str) -> str:
    """The half hour at or before a time set elsewhere."""
    return time if time in TIMES else max(step for step in TIMES if step <= time)


def _save(subscription_id: UUID, wanted: Json | None) -> None:
    saved = attempt(providers.set_delivery_hours, subscription_id=subscription_id, hours=wanted)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
    else:
        say("The hours are saved.")
