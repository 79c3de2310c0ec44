"""Today: what needs a person now, most urgent first, then the day in figures and on the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from core import leads, markets, ops, providers, returns
from core.kit.clock import utc_now
from dashboard import navigation
from dashboard.components import figures, page, pills
from dashboard.components.points import Dot, points
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read, zone_of_browser
from dashboard.live import fragment
from dashboard.theme import PALETTE, Tone


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for a person, and where it is done."""

    words: str
    detail: str
    tone: Tone
    icon: str
    path: str
    query: dict[str, str]


def show(user: CurrentUser) -> None:
    """Tasks, figures, map; fresh every 20 seconds."""
    page.header("Today", "What needs a person now, most urgent first, and how the day is going.")
    _live(user)


@fragment(run_every=20)
def _live(user: CurrentUser) -> None:
    began = datetime.now(ZoneInfo(zone_of_browser())).replace(hour=0, minute=0, second=0, microsecond=0)
    if user.role != "scientist":
        _tasks(list(_waiting(user)))
    _figures(user, began)
    _map(began)


def _waiting(user: CurrentUser) -> Iterator[Task]:
    for check in (read(ops.check_database), ops.check_redis(), read(ops.check_queue)):
        if not check.ok:
            yield Task(f"{check.name.capitalize()} is in trouble", check.detail, "stopped", "error", "operations", {})
    dead = sum(depth.dead for depth in read(ops.queue_depths))
    if dead:
        detail = "Jobs that used up their tries"
        yield Task(figures.count(dead, "dead letter"), detail, "stopped", "report", "operations", {"ops": "Dead letters"})
    review = read(leads.review_figures)
    if review.waiting:
        late = (review.oldest_wait_s or 0) > 4 * 3600
        detail = f"The oldest for {figures.duration(review.oldest_wait_s)}"
        words = f"{figures.count(review.waiting, 'lead')} to review"
        yield Task(words, detail, "stopped" if late else "waiting", "fact_check", "review", {})
    yield from _claims()
    aside = read(leads.count, statuses=("quarantined",))
    if aside:
        yield Task(
            f"{figures.count(aside, 'lead')} in quarantine",
            "Set aside until released",
            "waiting",
            "front_hand",
            "leads",
            {"view": "Waiting"},
        )
    pending = [row for row in read(providers.list_providers, status="pending") if row.profile_completed_at]
    if pending and user.role == "admin":
        words = f"{figures.count(len(pending), 'provider')} to activate"
        yield Task(words, "Their profiles are complete", "waiting", "storefront", "providers", {"status": pills.word("pending")})


def _claims() -> Iterator[Task]:
    """Reports of bad leads by their clock."""
    seen = read(returns.metrics)
    if seen.overdue:
        words = f"{figures.count(seen.overdue, 'report')} overdue"
        yield Task(words, "Nobody has answered them in time", "stopped", "alarm", "bad-leads", {"overdue": "true"})
    if seen.open - seen.overdue:
        words = f"{figures.count(seen.open - seen.overdue, 'report')} of bad leads to answer"
        detail = "" if seen.overdue else f"The first is due {figures.ago(seen.next_due_at)}"
        yield Task(words, detail or "Still in time", "waiting", "flag", "bad-leads", {})


def _tasks(tasks: list[Task]) -> None:
    if not tasks:
        page.empty("Nothing waits for you", "Reviews, dead letters and new providers appear here as they come.", icon="task_alt")
        return
    with st.grid(min_column_width=250):
        for task in tasks:
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**:{PALETTE[task.tone]}[:material/{task.icon}:] {task.words}**  \n:gray[{task.detail}]")
                st.page_link(navigation.target(task.path), label="Open", icon=":material/arrow_forward:", query_params=task.query)


def _figures(user: CurrentUser, began: datetime) -> None:
    page.section("The day so far")
    since = leads.LeadFilter(since=began)
    told = [Tile("Requests", _capped(read(leads.count, where=since)))]
    if user.role != "scientist":
        review = read(leads.review_figures, day_began=began)
        told += [
            Tile("Approved", f"{review.approved_today:,}"),
            Tile("Rejected", f"{review.rejected_today:,}"),
            Tile("Wait for a decision", figures.duration(review.mean_wait_s), help="Mean of the last seven days"),
        ]
    told += [
        Tile("Sold out", _capped(read(leads.count, where=since, statuses=("sold_out",))), help="Of the requests of today"),
        Tile("Jobs due", f"{sum(depth.due for depth in read(ops.queue_depths)):,}"),
    ]
    tiles(told)


def _capped(number: int) -> str:
    return f"{number:,}{'+' if number >= 1000 else ''}"


def _map(began: datetime) -> None:
    rows = read(leads.explore, where=leads.LeadFilter(since=began), limit=200)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**Where do today's requests come from?** :gray[since {figures.exact(began, zone_of_browser())}]")
        dots = [Dot(row.lon, row.lat, f"{row.niche}\n{row.city or ''} {row.zip}", pills.state(row.status).tone) for row in rows]
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
