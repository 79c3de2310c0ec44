"""Many shapes as columns of small numbers, so that a million of them fit in memory and compare by the array."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
    known: list[dict[str, int]] = [{"": 0} for _ in Shape._fields]
    coded: list[list[int]] = [[] for _ in Shape._fields]
    for shape in shapes:
        for book, column, value in zip(known, coded, shape, strict=True):
            column.append(book.setdefault(value, len(book)))
    codes = {field: np.array(column, dtype=np.int32) for field, column in zip(Shape._fields, coded, strict=True)}
    values: dict[str, Any] = {field: list(book) for field, book in zip(Shape._fields, known, strict=True)}
    return Columns(codes, values, len(coded[0]))
