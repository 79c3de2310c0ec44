"""Operations: what waits, what runs, what failed, and whether every part answers (SPEC 13.2, 13.3)."""

from collections import Counter
from uuid import UUID

import streamlit as st

from core import audit, inventory, ledger, ops
from core.kit.clock import utc_now
from dashboard.admin import thresholds
from dashboard.components import figures, page, pager, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, act, read
from dashboard.live import fragment, say

KINDS = {
    "email": "Mail",
    "lead.score": "Scoring",
    "distribution.run": "Distribution",
    "subscription.changed": "Subscription notice",
}


def show(user: CurrentUser) -> None:
    """Health and queues live; dead letters, checks and settings in tabs."""
    page.header("Operations", "What waits, what runs, what failed, and whether every part answers.")
    may_act = user.role == "admin"
    _live()
    names = ["Dead letters", "Schedules", "Checks", "Settings"]
    dead, schedules, checks, settings = st.tabs(names, key="ops", bind="query-params", on_change="rerun")
    if dead.open:
        with dead:
            _dead_letters() if may_act else page.empty("For administrators", "Dead letters hold what a job was asked to do.")
    if schedules.open:
        with schedules:
            _schedules()
    if checks.open:
        with checks:
            _checks()
    if settings.open:
        with settings:
            thresholds.settings(may_edit=may_act)


@fragment(run_every=10)
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
            Tile("Running", f"{sum(d.running for d in depths):,}"),
            Tile("Planned", f"{sum(d.later for d in depths):,}"),
            Tile("Failed, last hour", f"{sum(d.failed_last_hour for d in depths):,}"),
            Tile("Dead letters", f"{sum(d.dead for d in depths):,}"),
        ]
    )
    if depths:
        tables.table(
            [_line(d) for d in depths],
            {
                "kind": tables.text("Job"),
                "due": tables.number("Due"),
                "running": tables.number("Running"),
                "later": tables.number("Planned"),
                "failed": tables.number("Failed, last hour"),
                "dead": tables.number("Dead"),
                "oldest": tables.text("Oldest due"),
            },
            key="queues",
        )


def _line(d: ops.QueueDepth) -> dict[str, object]:
    return {
        "kind": _kind(d.kind),
        "due": d.due,
        "running": d.running,
        "later": d.later,
        "failed": d.failed_last_hour,
        "dead": d.dead,
        "oldest": figures.ago(d.oldest_due_at),
    }


@fragment
def _dead_letters() -> None:
    letters = read(ops.dead_letters, before_id=pager.cursor(), limit=pager.PAGE)
    if not letters:
        page.empty(
            "No dead letters",
            "A job that uses up its tries is kept here, with what it was asked and why it failed.",
            icon="task_alt",
        )
        return
    picked = tables.table(
        [
            {"kind": _kind(d.kind), "died": d.died_at, "tries": d.attempts, "why": _last_line(d.error), "key": d.key}
            for d in letters
        ],
        {
            "kind": tables.text("Job"),
            "died": tables.time("Gave up"),
            "tries": tables.number("Tries"),
            "why": tables.text("Why", width="large"),
            "key": tables.text("Of"),
        },
        key="dead",
        many=True,
    )
    chosen = [letters[at] for at in picked]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ids = [letter.id for letter in chosen]
        told = figures.count(len(ids), "job")
        st.button(f"Retry {told}", icon=":material/replay:", type="primary", disabled=not ids, on_click=_retry, args=(ids,))
        with st.popover(f"Resolve {told}", disabled=not ids):
            memo = st.text_input("Why it need not run", key="resolve-memo", max_chars=300)
            st.button(f"Resolve {told}", type="primary", key="resolve", disabled=not memo, on_click=_resolve, args=(ids, memo))
    for letter in chosen[:3]:
        with st.expander(f"{_kind(letter.kind)} {letter.key}", expanded=len(chosen) == 1):
            st.json(letter.payload)
            st.code(letter.error or "", language=None, wrap_lines=True)
            st.caption(f"Request {letter.correlation_id or 'unknown'}, written {figures.exact(letter.created_at)}.")
    pager.pager(letters[-1].id, full=len(letters) == pager.PAGE)


def _retry(ids: list[UUID]) -> None:
    _tell(act(ops.bulk_dead_letters, verb="retry", job_ids=ids))


def _resolve(ids: list[UUID], memo: str) -> None:
    _tell(act(ops.bulk_dead_letters, verb="resolve", job_ids=ids, memo=memo))


def _tell(results: list[ops.BulkResult] | None) -> None:
    for (ok, message), number in Counter((r.ok, r.message) for r in results or []).items():
        say(f"{figures.count(number, 'job')}: {message}", bad=not ok)


@fragment(run_every=30)
def _schedules() -> None:
    runs = read(ops.schedules)
    if not runs:
        page.empty("Nothing has run yet", "Scheduled jobs appear here once a worker runs them.", icon="schedule")
        return
    tables.table(
        [
            {
                "name": run.name.replace("_", " ").capitalize(),
                "state": "Failed" if run.error else "Done" if run.state == "done" else "Waiting",
                "at": run.last_run_at,
                "error": _last_line(run.error),
            }
            for run in runs
        ],
        {
            "name": tables.text("Schedule"),
            "state": tables.text("Result"),
            "at": tables.time("Last run"),
            "error": tables.text("Why it failed"),
        },
        key="schedules",
    )


@fragment
def _checks() -> None:
    st.caption("Recomputes what must hold: books at zero, no lead sold too often, the trail unaltered. It changes nothing.")
    if not st.button("Verify everything", icon=":material/verified_user:", type="primary"):
        return
    with st.status("Verifying", expanded=True) as progress:
        checks = []
        for name, verify in (("the ledger", ledger.verify), ("the slots", inventory.verify), ("the trail", audit.verify)):
            st.write(f"Checking {name}")
            checks += read(verify)
        good = all(check.ok for check in checks)
        progress.update(label="All good" if good else "Something is wrong", state="complete" if good else "error")
    tables.table(
        [{"ok": "Holds" if c.ok else "Broken", "name": c.name.capitalize(), "detail": c.detail} for c in checks],
        {"ok": tables.text("Result"), "name": tables.text("Check"), "detail": tables.text("Detail", width="large")},
        key="checks",
    )
    st.caption(f"Checked {figures.exact(utc_now())}.")


def _kind(kind: str) -> str:
    return KINDS.get(kind) or kind.replace("schedule.", "Schedule ").replace(".", " ").replace("_", " ").capitalize()


def _last_line(error: str | None) -> str | None:
    lines = (error or "").strip().splitlines()
    return lines[-1] if lines else None
