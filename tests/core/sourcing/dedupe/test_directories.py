"""Two directories of restaurants, shops and contractors: found again however differently they list them, also in ways that
weights were not set on (docs/duplicates.md)."""

import pytest

from core.sourcing.dedupe import shape
from tests.benchmarks.dedupe import measured, pairs_of
from tests.benchmarks.directories import directories, only


@pytest.mark.parametrize(
    ("columns", "held", "precision", "recall"),
    [
        ("all", False, 0.98, 0.98),
        ("all", True, 0.98, 0.96),
        ("name_phone", False, 0.98, 0.85),
        ("name_phone", True, 0.98, 0.95),
        ("name_address", True, 0.97, 0.88),
    ],
)
def test_firms_of_two_directories(columns: str, held: bool, precision: float, recall: float) -> None:
    rows = directories(800, seed=77, held=held)
    found = measured(
        [shape(row, business=True) for row, _ in only(rows, columns)], pairs_of([number for _, number in rows])
    )  # fmt: skip
    assert found.precision >= precision and found.recall >= recall, found
