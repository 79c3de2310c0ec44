"""Today: what needs a person now, most urgent first, then the day in figures and on the map."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from core import leads, markets
from core.kit.clock import utc_now
from dashboard.admin import today_figures, today_tasks
from dashboard.components import figures, page, pills
from dashboard.components.points import Dot, points
from dashboard.current import CurrentUser, read, zone_of_browser
from dashboard.live import fragment
from dashboard.shared.filling import filling


def show(user: CurrentUser) -> None:
    """Tasks, figures, map; fresh every 20 seconds."""
    page.header("Today", "What needs a person now, most urgent first, and how the day is going.")
    filling()
    _live(user)


@fragment(run_every=20)
def _live(user: CurrentUser) -> None:
    began = datetime.now(ZoneInfo(zone_of_browser())).replace(hour=0, minute=0, second=0, microsecond=0)
    if user.role != "scientist":
        today_tasks.draw(today_tasks.tasks(user))
    today_figures.draw()
    _map(began)


def _map(began: datetime) -> None:
    rows = read(leads.explore, where=leads.LeadFilter(since=began), limit=200)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**Where do today's requests come from?** :gray[since {figures.exact(began, zone_of_browser())}]")
        dots = [
            Dot(
                row.lon, row.lat, f"{row.niche}\n{row.city or ''} {row.zip}", pills.state(row.status).tone, pills.word(row.status)
            )
            for row in rows
        ]
        points(read(markets.outlines), dots, key="today-map", height=380)
    with right:
        st.markdown("**The last requests**")
        if not rows:
            st.caption("None yet today.")
        for row in rows[:8]:
            st.markdown(
                f"{pills.pill(row.status)} {row.niche}, {figures.place(row.city, row.zip)} "
                f":gray[{figures.ago(row.submitted_at, now=utc_now())}]"
            )
