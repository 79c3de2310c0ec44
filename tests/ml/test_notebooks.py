"""Notebooks run from top to bottom on a small history, hold no code of their own, and are kept without outputs."""

import warnings
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = {
    "fraud": {"leads": 600},
    "quality": {"leads": 600},
    "price": {"listings": 400},
    "recommend": {"leads": 500, "companies": 12},
    "market": {"leads": 400},
}


def test_there_is_one_for_each_model_and_one_for_the_market() -> None:
    assert {book.stem for book in BOOKS} == set(SMALL)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_is_short_thin_and_without_outputs(book: Path) -> None:
    cells = nbformat.read(book, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(cells) <= 25 and cells[0].source.startswith("# ")
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert not [cell.source for cell in code if "def " in cell.source or "class " in cell.source]
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in code) == 1


@pytest.mark.parametrize(
    "book",
    [pytest.param(book, id=book.stem, marks=() if book.stem == "market" else pytest.mark.long) for book in BOOKS],
)
def test_a_notebook_runs(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what papermill and its kernel warn of about themselves
        import papermill

        done = papermill.execute_notebook(
            book, tmp_path / "out.ipynb", parameters=SMALL[book.stem], kernel_name="python3", progress_bar=False
        )
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code" and cell.source.strip())
