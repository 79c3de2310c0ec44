"""Many shapes as columns of small numbers, so that a million of them fit in memory and compare by the array."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sourcing.dedupe.shape import Shape

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Per field: a number for each record (0: empty) and the text that each number stands for."""

    codes: dict[str, NDArray[np.int32]]
    values: dict[str, list[str]]
    size: int

    def counts(self, field: str) -> Ints:
        """How often each value occurs."""
        return np.bincount(self.codes[field], minlength=len(self.values[field])).astype(np.int64)


def columns(shapes: Iterable[Shape]) -> Columns:
    """Shapes as columns; a text is kept once however often it occurs."""
    rows = list(shapes)
    codes: dict[str, NDArray[np.int32]] = {}
    values: dict[str, list[str]] = {}
    for at, field in enumerate(Shape._fields):
        column = [row[at] for row in rows]
        book = {value: number for number, value in enumerate(dict.fromkeys(["", *column]))}
        codes[field] = np.fromiter(map(book.__getitem__, column), dtype=np.int32, count=len(column))
        values[field] = list(book)
    return Columns(codes, values, len(rows))
