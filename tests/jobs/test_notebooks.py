"""A notebook as a job: run in a kernel of its own, told cell by cell, kept as a page; what fails is told in words (SPEC 10.5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import nbformat
import pytest
from sqlalchemy import Engine, text

from core import advice
from core.advice.notebooks import NotebookRun
from core.kit import config
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import SYSTEM_USER_ID, uuid7
from core.reports import exports
from jobs import broker, notebooks
from jobs.work import work
from ml import tracking
from ml.notebooks import ask
from tests.builders import a_user
from tests.eventually import eventually
from tests.jobs.conftest import StartWorker, kill

Write = Callable[..., None]
SYSTEM_ADMIN = Actor(SYSTEM_USER_ID, "admin")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store of runs for them all: making its tables takes seconds."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def write(exchange: Engine, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Puts a notebook into a folder of the test's own, which is the one in force."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, value in (("HOTLEADS_NOTEBOOKS", folder), ("HOTLEADS_HOME", home), ("HOTLEADS_MLFLOW_URL", "")):
        monkeypatch.setenv(name, str(value))
    config.settings.cache_clear()
    broker.broker.cache_clear()

    def put(name: str, *code: str) -> None:
        set_here = nbformat.v4.new_code_cell("times = 2  # 1 to 9: how often", metadata={"tags": ["parameters"]})
        cells = [nbformat.v4.new_markdown_cell(f"# {name.title()}"), set_here, nbformat.v4.new_markdown_cell("## The work")]
        notebook = nbformat.v4.new_notebook(cells=cells + [nbformat.v4.new_code_cell(line) for line in code])
        nbformat.write(notebook, folder / f"{name}.ipynb")

    yield put
    config.settings.cache_clear()


def asked(notebook: str, **parameters: Any) -> tuple[UUID, UUID]:
    """A run somebody asked for, and its job."""
    now = utc_now()
    with transaction() as session:
        user = a_user(session, now, role="scientist", totp_confirmed_at=now, totp_secret=b"x")
        run = ask(session, actor=Actor(user.id, "scientist"), notebook=notebook, parameters=parameters, now=now).id
        job = session.execute(text("select id from outbox where key = :key"), {"key": str(run)}).scalar_one()
    return run, job


def told(run: UUID) -> NotebookRun:
    with transaction() as session:
        return advice.notebooks.run(session, actor=SYSTEM, run_id=run)


def page_of(run: NotebookRun) -> str:
    assert run.file is not None
    return b"".join(exports.store().chunks(run.file)).decode()


def test_it_runs_with_the_parameters_and_its_page_and_run_are_kept(write: Write) -> None:
    write("counting", "print('<b>told</b>', 21 * times)", "import os; os.environ['HOTLEADS_INSIDE_RUN']")
    run, job = asked("counting", times=4)
    assert work(str(job)) == "done"
    ended = told(run)
    assert (ended.state, ended.error, ended.cells_done) == ("done", None, ended.cells_total) and ended.step == "The work"
    page = page_of(ended)
    assert "&lt;b&gt;told&lt;/b&gt; 84" in page and "<script" not in page and str(ended.mlflow_run) in page
    with tracking.client() as tracker:
        logged = tracker.get_run(ended.mlflow_run)
    assert logged.info.status == "FINISHED" and logged.data.params == {"times": "4"}
    assert logged.data.tags["notebook_run"] == str(run)
    assert work(str(job)) == "not_due"


def test_a_cell_that_fails_ends_the_run_in_words_with_the_page_so_far(write: Write) -> None:
    write("broken", "print('as far as here')", "1 / 0", "print('never')")
    run, job = asked("broken")
    assert work(str(job)) == "done"  # the worker did its part: trying again would fail again
    ended = told(run)
    assert ended.state == "failed" and ended.error == "“The work” failed: ZeroDivisionError: division by zero"
    page = page_of(ended)
    assert "as far as here" in page and "It ended early" in page and "ZeroDivisionError" in page


def test_a_kernel_that_is_killed_is_told_in_words(write: Write) -> None:
    write("greedy", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    run, job = asked("greedy")
    assert work(str(job)) == "done"
    ended = told(run)
    assert ended.state == "failed" and "ended by the system, most often for want of memory" in str(ended.error)


def test_one_that_is_stopped_ends_at_once_and_keeps_what_it_said(write: Write, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    write("endless", "print('as far as here')", f"import pathlib\npathlib.Path({str(begun)!r}).touch()\nwhile True: pass")
    run, job = asked("endless")

    def stop() -> None:
        eventually(begun.exists, within_s=120)
        with transaction() as session:
            advice.notebooks.stop(session, actor=Actor(told(run).asked_by, "scientist"), run_id=run, now=utc_now())

    somebody = Thread(target=stop)
    somebody.start()
    assert work(str(job)) == "done"
    somebody.join(120)
    ended = told(run)
    assert (ended.state, ended.error) == ("stopped", None)
    assert "as far as here" in page_of(ended) and "It was stopped." in page_of(ended)
    with transaction() as session:
        with pytest.raises(Forbidden):
            advice.notebooks.stop(session, actor=Actor(uuid7(), "scientist"), run_id=run, now=utc_now())
        with pytest.raises(advice.NotebookRunOver):
            advice.notebooks.stop(session, actor=SYSTEM_ADMIN, run_id=run, now=utc_now())


def test_one_stopped_while_it_waits_is_never_begun_and_pages_go_after_their_time(write: Write) -> None:
    write("waiting", "1")
    run, job = asked("waiting")
    with transaction() as session:
        advice.notebooks.stop(session, actor=SYSTEM_ADMIN, run_id=run, now=utc_now())
    assert work(str(job)) == "done" and (told(run).state, told(run).file) == ("stopped", None)
    file, kept = f"notebooks/{run}/1.html", timedelta(days=90)
    with exports.store().create(file) as sink:
        sink.write(b"<p>read me</p>")
    with transaction() as session:
        advice.notebooks.end(session, run_id=run, file=file, mlflow_run=None, error=None, now=utc_now())
        notebooks.sweep(session, now=utc_now() + kept - timedelta(hours=1))
        assert exports.store().size(file)
        assert notebooks.sweep(session, now=utc_now() + kept) >= 1
    assert exports.store().size(file) is None and told(run).expired_at is not None and told(run).state == "stopped"


def test_a_worker_that_is_killed_leaves_a_run_that_another_finishes(
    write: Write, start_worker: StartWorker, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    write("patient", f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\nprint('through')")
    run, job = asked("patient")
    worker = start_worker()
    eventually(lambda: told(run).step == "The work", within_s=120)
    kill(worker)
    gate.touch()
    with transaction() as session:  # the lease runs out; nobody need wait a minute for it here
        session.execute(text("update outbox set lease_until = now() - interval '1 second' where id = :id"), {"id": job})
    assert work(str(job)) == "done"
    ended = told(run)
    assert ended.error is None and "through" in page_of(ended)
