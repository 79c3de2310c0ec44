"""Runs of notebooks: how far they are, what they said, what went wrong (SPEC 10.5)."""

from uuid import UUID

import streamlit as st

from core import advice
from core.advice.notebooks import NotebookRun
from core.kit.config import settings
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pager, pills
from dashboard.components.confirm import confirm_button
from dashboard.current import CurrentUser, act, ask, read
from dashboard.live import fragment
from ml.notebooks import books

WORDS = {"queued": "Waiting", "running": "Running", "done": "Done", "failed": "Failed", "stopped": "Stopped"}
TONES = {"queued": "ready", "running": "taken", "done": "done", "failed": "failed", "stopped": "ended"}
OPEN = ("queued", "running")
TALL = 900


def listed() -> None:
    """Everybody's runs, newest first; looks again by itself while one is open."""
    page.section("Runs", "Everybody's, the newest first.")
    if any(run.state in OPEN for run in _page()):
        _live()
    else:
        _rows(_page())


@fragment(run_every=3)
def _live() -> None:
    found = _page()
    if not any(run.state in OPEN for run in found):
        st.rerun()
    _rows(found)


def _page() -> list[NotebookRun]:
    return read(advice.notebooks.runs, before=pager.cursor(), most=pager.PAGE)


def _rows(found: list[NotebookRun]) -> None:
    if not found:
        page.empty("Nothing was run yet", "Choose a notebook above and run it: what it says is kept here.", icon="menu_book")
        return
    for run in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"{_pill(run)} **{run.title}**  \n{_about(run)}", width="stretch")
            if run.state == "running":
                st.progress(_share(run), text=_step(run), width=260)
            st.button("Open", key=f"open-{run.id}", on_click=_open, args=(run.id,))
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)


def one(run_id: UUID, user: CurrentUser) -> None:
    """One run with what it says."""
    st.button("All notebooks", icon=":material/arrow_back:", type="tertiary", key="all-notebooks", on_click=_close)
    run = ask(advice.notebooks.run, run_id=run_id)
    if isinstance(run, HotleadsError):
        wording.show(run)
        return
    page.section(run.title)
    st.markdown(f"{_pill(run)} {_about(run)}")
    if run.state in OPEN:
        if user.role == "admin" or (user.role == "scientist" and run.asked_by == user.actor.user_id):
            _way_out(run)
        _followed(run_id)
        return
    if run.error:
        st.error(run.error, icon=":material/report:")
    if run.state == "stopped":
        far = f"in cell {min(run.cells_done + 1, run.cells_total)} of {run.cells_total}" if run.step else "before its first cell"
        st.info(f"It was stopped {far}. {'What it said until then is kept.' if run.file else ''}", icon=":material/stop_circle:")
    if run.expired_at:
        st.info(
            "Its page was kept for its time and is deleted. Run the notebook again to read it.", icon=":material/auto_delete:"
        )
    _links(run)
    if run.file:
        st.iframe(f"/notebook-runs/{run.id}/page", height=TALL)


def _way_out(run: NotebookRun) -> None:
    confirm_button(
        "Stop this run", icon="stop_circle", key="stop-run", verb="Stop it now", on_confirm=_stop, args=(run.id,),
        will="It ends within seconds. What it said until then is kept as its page; to go on it has to begin anew.",
    )  # fmt: skip


def _stop(run_id: UUID) -> None:
    act(advice.notebooks.stop, run_id=run_id, said="It is stopped.")


@fragment(run_every=2)
def _followed(run_id: UUID) -> None:
    run = read(advice.notebooks.run, run_id=run_id)
    if run.state not in OPEN:
        st.rerun()
    if run.state == "queued":
        st.info("Waiting for a worker. It goes on when you leave this page.", icon=":material/schedule:")
    else:
        st.progress(_share(run), text=_step(run))


def _links(run: NotebookRun) -> None:
    with st.container(horizontal=True):
        if run.file:
            st.link_button("Open by itself", f"/notebook-runs/{run.id}/page", icon=":material/open_in_new:")
        if run.mlflow_run and settings().mlflow_url:
            st.link_button("Its run in MLflow", f"/mlflow/#/runs/{run.mlflow_run}", icon=":material/science:")
        elif run.mlflow_run:
            st.caption(f"Kept in MLflow as run {run.mlflow_run}.")


def _about(run: NotebookRun) -> str:
    known = {book.name: book for book in books()}.get(run.notebook)
    told = known.told(run.parameters) if known else f"{run.notebook}, no longer in the folder"
    ended = f", ended {figures.ago(run.finished_at)}" if run.finished_at else ""
    return f":gray[{told}]  \n:gray[Asked for by {run.asked_by_name} {figures.ago(run.asked_at)}{ended}]"


def _pill(run: NotebookRun) -> str:
    return pills.pill(TONES[run.state], WORDS[run.state])


def _share(run: NotebookRun) -> float:
    return run.cells_done / max(1, run.cells_total)


def _step(run: NotebookRun) -> str:
    at = f"Cell {min(run.cells_done + 1, run.cells_total)} of {run.cells_total}"
    return f"{at}: {run.step}" if run.step else at


def _open(run_id: UUID) -> None:
    st.query_params["run"] = str(run_id)


def _close() -> None:
    st.query_params.pop("run", None)
