"""Operations: what waits, what runs, what failed, and whether every part answers (SPEC 13.2, 13.3)."""

import streamlit as st

from core import ops
from core.kit.clock import utc_now
from dashboard.admin import operations_capacity, operations_checks, operations_upkeep, thresholds
from dashboard.admin.operations_letters import dead_letters
from dashboard.admin.operations_words import kind_words, schedule_words
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

TABS = ("Now", "Dead letters", "Schedules", "Upkeep", "Capacity", "Checks", "Settings")
RESULTS = {"done": "Done", "failed": "Failed", "waiting": "Not run yet", "running": "Running"}


def show(user: CurrentUser) -> None:
    """Health and queues live; what runs, dead letters, schedules, upkeep, capacity, checks and settings in tabs."""
    page.header("Operations", "What waits, what runs, what failed, and whether every part answers.")
    may_act = user.role == "admin"
    _live()
    now, dead, schedules, upkeep, capacity, checks, settings = st.tabs(
        list(TABS), key="ops", bind="query-params", on_change="rerun"
    )
    if now.open:
        with now:
            _now()
    if dead.open:
        with dead:
            dead_letters(may_act=may_act)
    if schedules.open:
        with schedules:
            _schedules()
    if upkeep.open:
        with upkeep:
            operations_upkeep.upkeep(may_act=may_act)
    if capacity.open:
        with capacity:
            operations_capacity.capacity()
    if checks.open:
        with checks:
            operations_checks.checks(may_ask=may_act)
    if settings.open:
        with settings:
            thresholds.settings(may_edit=may_act)


@fragment(run_every=5)
def _live() -> None:
    checks = [read(ops.check_database), ops.check_redis(), read(ops.check_queue)]
    with st.container(horizontal=True):
        for check in checks:
            tone, icon = ("green", "check_circle") if check.ok else ("red", "error")
            st.markdown(f":{tone}-badge[:material/{icon}: {check.name.capitalize()}] :gray[{check.detail}]")
    depths = read(ops.queue_depths)
    tiles(
        [
            Tile("Due now", f"{sum(d.due for d in depths):,}"),
            Tile("Planned", f"{sum(d.later for d in depths):,}"),
            Tile("Running", f"{len(read(ops.running_jobs)):,}"),
            Tile("Failed, last hour", f"{sum(d.failed_last_hour for d in depths):,}"),
            Tile("Dead letters", f"{sum(d.dead for d in depths):,}"),
        ]
    )
    if depths:
        tables.table([_depth(d) for d in depths], DEPTH, key="queues")


DEPTH = {
    "kind": tables.text("Job"),
    "due": tables.number("Due"),
    "later": tables.number("Planned"),
    "failed": tables.number("Failed, last hour"),
    "dead": tables.number("Dead letters"),
    "oldest": tables.text("Oldest due"),
}


def _depth(d: ops.QueueDepth) -> tables.Row:
    return {
        "kind": kind_words(d.kind),
        "due": d.due,
        "later": d.later,
        "failed": d.failed_last_hour,
        "dead": d.dead,
        "oldest": figures.ago(d.oldest_due_at),
    }


@fragment(run_every=5)
def _now() -> None:
    running, failures, now = read(ops.running_jobs), read(ops.recent_failures), utc_now()
    page.section("Running now", "Jobs that take longer than a moment; short ones are over before they can be shown.")
    if running:
        rows = [
            {"kind": kind_words(r.kind), "age": (now - r.since).total_seconds(), "key": r.key, "by": r.worker} for r in running
        ]
        tables.table(
            [row | {"age": figures.duration(row["age"])} for row in rows],
            {"kind": tables.text("Job"), "age": tables.text("For"), "key": tables.text("Of"), "by": tables.text("Worker")},
            key="running",
        )
    else:
        page.empty("Nothing takes long right now", "A job that runs for more than a second appears here.", icon="hourglass_empty")
    page.section(
        "Failed in the last hour",
        "Each is tried again by itself after 5 s, 30 s, 2 min, 10 min and 1 h, then it is a dead letter.",
    )
    if failures:
        tables.table([_failure(f) for f in failures], FAILURE, key="failures")
    else:
        page.empty("No failures", "A job whose try failed within the last hour appears here with the reason.", icon="task_alt")


FAILURE = {
    "kind": tables.text("Job"),
    "at": tables.text("Failed"),
    "now": tables.text("Now"),
    "tries": tables.text("Tries"),
    "why": tables.text("Why", width="large"),
    "key": tables.text("Of"),
}


def _failure(f: ops.Failure) -> tables.Row:
    waits = f"Tried again {figures.ago(f.run_at)}" if f.run_at > utc_now() else "Due again"
    words = {"done": "Done since", "dead": "Dead letter", "taken": "Running", "ready": waits}
    return {
        "kind": kind_words(f.kind),
        "at": figures.ago(f.failed_at),
        "now": words[f.state],
        "tries": f"{f.attempts} of {f.max_attempts}",
        "why": f.error,
        "key": f.key,
    }


@fragment(run_every=15)
def _schedules() -> None:
    entries = read(ops.schedules)
    if not entries:
        page.empty("Nothing has run yet", "Scheduled jobs appear here once a worker runs them.", icon="schedule")
        return
    failed = any(entry.error for entry in entries)
    tables.table(
        [
            {
                "name": schedule_words(entry.name),
                "result": RESULTS[entry.result],
                "last": figures.ago(entry.last_run_at),
                "next": _next(entry),
                "error": entry.error,
            }
            for entry in entries
        ],
        {
            "name": tables.text("Schedule"),
            "result": tables.text("Result"),
            "last": tables.text("Last run"),
            "next": tables.text("Next run"),
        }
        | ({"error": tables.text("Why it failed", width="large")} if failed else {}),
        key="schedules",
    )


def _next(entry: ops.ScheduleView) -> str:
    """When it comes, or since when it should have come: then no worker keeps the clock."""
    if entry.next_run_at is None or entry.next_run_at >= (now := utc_now()):
        return figures.ago(entry.next_run_at)
    return f"Overdue by {figures.duration((now - entry.next_run_at).total_seconds())}"
