"""Run a notebook in a kernel of its own, telling each step, and render what it said as one page without scripts.

A cell that fails ends the run and is no failure of the worker: the page then shows everything up to it.
"""

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from core.kit.config import settings
from ml.notebooks.catalogue import Book, Value
from ml.notebooks.kernel_watch import KernelWatch

ROOT = Path(__file__).parent.parent.parent
MOST_S = 1800  # of one cell
Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """The rendered page, and in words why it is not whole; ``error`` is ``None`` for a run that went through."""

    page: bytes
    error: str | None


def carry_out(
    book: Book,
    parameters: Mapping[str, Value],
    *,
    tell: Tell,
    stopped: Callable[[], bool],
    within: Mapping[str, str] | None = None,
) -> Result:
    """Run from top to bottom; ``tell(done, step)`` before each cell, ``within`` is added to the kernel's environment.
    ``stopped`` is asked every second: once it says so, the kernel is ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what papermill and the kernel warn of about themselves
        from papermill.iorw import load_notebook_node
        from papermill.parameterize import parameterize_notebook

        nb = parameterize_notebook(load_notebook_node(str(book.path)), dict(parameters), kernel_name="python3", language="python")
        error = _execute(nb, tell, stopped, {**os.environ, **_environment(), **(within or {})})
        return Result(_page(book, nb, error).encode(), error)


def _execute(nb: Any, tell: Tell, stopped: Callable[[], bool], environment: Mapping[str, str]) -> str | None:
    """Run every cell; returns in words what ended it early."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    steps = _headings(nb)
    client = NotebookClient(
        nb, timeout=MOST_S, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}},
        extra_arguments=["--log-level=40"],
        on_cell_start=lambda cell, cell_index: tell(cell_index, steps[cell_index]),
    )  # fmt: skip
    watch = KernelWatch(client, stopped)
    try:
        with watch:
            client.execute(env=dict(environment))
    except CellExecutionError as error:
        return f"{_step(nb, steps)} failed: {error.ename}: {str(error.evalue)[:500]}"
    except CellTimeoutError:
        return f"{_step(nb, steps)} went on for more than {MOST_S // 60} minutes and was ended. Try a smaller history."
    except DeadKernelError:
        if watch.ended_it:
            return "It was stopped."
        return f"{_step(nb, steps)} was ended by the system, most often for want of memory. Try a smaller history."
    return None


def _environment() -> dict[str, str]:
    """A kernel finds our packages, keeps its files under our home and leaves the other cores to those who wait."""
    home = (settings().home / "jupyter").resolve()
    folders = {name: str(home / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")}
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    return {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1", **folders}


def _headings(nb: Any) -> list[str]:
    """For each cell the heading above it."""
    found, latest = [], ""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            latest = cell.source.splitlines()[0].lstrip("# ").strip()
        found.append(latest)
    return found


def _step(nb: Any, steps: list[str]) -> str:
    """The heading of the last cell that was begun."""
    begun = [step for cell, step in zip(nb.cells, steps, strict=True) if cell.cell_type == "code" and cell.execution_count]
    failed = [step for cell, step in zip(nb.cells, steps, strict=True) if any(
        output.output_type == "error" for output in cell.get("outputs", []))]  # fmt: skip
    return f"“{(failed or begun or steps)[-1]}”"


def _page(book: Book, nb: Any, error: str | None) -> str:
    from nbconvert import HTMLExporter

    plain = {"exclude_anchor_links": True, "exclude_input_prompt": True, "exclude_output_prompt": True}
    exporter = HTMLExporter(template_name="basic", **plain)  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(nb)
    style = Path(__file__).with_name("page.css").read_text()
    ended = f'<p class="ended">It ended early. {escape(error)}</p>' if error else ""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(book.title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{style}</style></head><body>{ended}{body}</body></html>'
