"""Columns as two matrices: a dense one for trees and a sparse one for a linear model.

What an encoding learns from the answer (how often a value ended well) is learned from other rows than it is used on:
``fit_transform`` makes it out of fold, ``transform`` uses what the whole training set said.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.splits import Fold
from ml.tabular.columns import Column, Table

Floats = NDArray[np.float64]
SMOOTHING = 20.0  # rows of the whole that a value's own share is mixed with
RARE = 10  # a value seen less often shares a column with the other rare ones
TREE_LEVELS = 250  # most values a tree may split by set
WORDS = 400
BANDS = 8
DAY_S, WEEK_S = 86_400.0, 604_800.0


@dataclass
class _Named:
    """What is known of a column of named values: those common enough, and how each of them ended."""

    common: dict[str, int]
    shares: dict[str, float]


@dataclass
class _Number:
    """What is known of a column of numbers: centre, spread, and the edges of bands of equal size."""

    centre: float
    spread: float
    edges: Floats


@dataclass
class Encoder:
    """Learned from training rows, applied to any rows with the same columns; a column that is absent counts as not given."""

    columns: list[tuple[str, str]] = field(default_factory=list)
    named: dict[str, _Named] = field(default_factory=dict)
    numbers: dict[str, _Number] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)
    base: float = 0.5

    def fit(self, table: Table, truth: Floats) -> "Encoder":
        """Learn the encodings; columns with nothing to learn from are left out."""
        self.base = float(truth.mean())
        for column in table.values():
            if not column.usable:
                continue
            self.columns.append((column.name, column.kind))
            if column.kind == "category":
                self.named[column.name] = self._fit_named(column, truth)
            elif column.kind == "text":
                self._fit_words(column)
            else:
                self._fit_numbers(column)
        return self

    def trees(self, table: Table, *, out_of_fold: tuple[Floats, list[Fold]] | None = None) -> Floats:
        """The dense matrix, one column per name in ``tree_names``; with folds, shares of values come from the other folds."""
        parts: list[Floats] = []
        for name, kind in self.columns:
            column = table[name]
            if kind == "category":
                known = self.named[name]
                parts.append(np.array([known.common.get(value, np.nan) if value else np.nan for value in column.values], float))
                parts.append(self._shares(column, known, out_of_fold))
            elif kind == "text":
                parts.append(np.array([len(value.split()) for value in column.values], float))
            elif kind == "moment":
                parts += [column.numbers % DAY_S // 3600, column.numbers % WEEK_S // DAY_S]
            else:
                parts.append(column.numbers)
        return np.column_stack(parts) if parts else np.zeros((_rows(table), 0))

    def tree_names(self) -> tuple[list[str], list[bool]]:
        """Names of the dense matrix's columns, and which of them are numbers of named values."""
        names: list[str] = []
        named: list[bool] = []
        for name, kind in self.columns:
            extra = {
                "category": [name, f"{name} (share)"],
                "text": [f"{name} (words)"],
                "moment": [f"{name} (hour)", f"{name} (day)"],
            }.get(kind, [name])
            names += extra
            few = kind == "category" and len(self.named[name].common) <= TREE_LEVELS
            named += [few and n == 0 for n in range(len(extra))]  # by place: a column of the table may have the name of a share
        return names, named

    def linear(self, table: Table) -> Any:
        """The sparse matrix: one column per common value, bands and size of numbers, words."""
        from scipy.sparse import csr_matrix, hstack

        parts: list[Any] = []
        for name, kind in self.columns:
            column = table[name]
            if kind == "category":
                parts.append(_one_hot(column, self.named[name].common))
            elif kind == "text":
                parts.append(
                    self.words[name].transform(column.values) if self.words[name] else csr_matrix((len(column.values), 1))
                )
            else:
                parts.append(csr_matrix(self._bands(name, _plain(column, kind))))
        return hstack(parts).tocsr() if parts else csr_matrix((_rows(table), 1))

    def _fit_named(self, column: Column, truth: Floats) -> _Named:
        counts = Counter(value for value in column.values if value)
        common = [value for value, n in counts.most_common(TREE_LEVELS) if n >= RARE]
        return _Named({value: n for n, value in enumerate(common)}, _shares_of(column.values, truth, self.base))

    def _fit_words(self, column: Column) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(max_features=WORDS, min_df=5, ngram_range=(1, 2), sublinear_tf=True)
        try:
            self.words[column.name] = vectorizer.fit(column.values)
        except ValueError:
            self.words[column.name] = None  # no word comes five times: the length alone is used

    def _fit_numbers(self, column: Column) -> None:
        values = _plain(column, column.kind)
        known = values[~np.isnan(values)]
        if not len(known):
            known = np.zeros(1)
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1]))
        size = np.sign(known) * np.log1p(np.abs(known))
        self.numbers[column.name] = _Number(float(size.mean()), float(size.std()) or 1.0, edges)

    def _bands(self, name: str, values: Floats) -> Floats:
        known = self.numbers[name]
        missing = np.isnan(values)
        size = (np.sign(values) * np.log1p(np.abs(values)) - known.centre) / known.spread
        band = np.searchsorted(known.edges, values, side="right")
        bands = np.zeros((len(values), len(known.edges) + 4))
        bands[np.arange(len(values)), np.where(missing, len(known.edges) + 1, band)] = 1.0
        bands[:, -2] = np.where(missing, 0.0, np.clip(size, -5, 5))
        bands[:, -1] = np.where(missing, 0.0, values == 0)
        return bands

    def _shares(self, column: Column, known: _Named, out_of_fold: tuple[Floats, list[Fold]] | None) -> Floats:
        if out_of_fold is None:
            return np.array([known.shares.get(value, self.base) for value in column.values], float)
        truth, folds = out_of_fold
        _, code = _coded(column.values)
        shares = np.full(len(code), self.base)
        for others, mine in folds:
            counts = np.bincount(code[others], minlength=code.max() + 1)
            good = np.bincount(code[others], weights=truth[others], minlength=code.max() + 1)
            shares[mine] = ((good + SMOOTHING * self.base) / (counts + SMOOTHING))[code[mine]]
        return shares


def _shares_of(values: Sequence[str], truth: Floats, base: float) -> dict[str, float]:
    """How often each value ended well, drawn to ``base`` the more the fewer rows tell of it."""
    distinct, code = _coded(values)
    counts, good = np.bincount(code), np.bincount(code, weights=truth)
    shares = (good + SMOOTHING * base) / (counts + SMOOTHING)
    return dict(zip(distinct, shares.tolist(), strict=True))


def _coded(values: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct values, and for each row the place of its own among them."""
    places: dict[str, int] = {}
    code = np.fromiter((places.setdefault(value, len(places)) for value in values), np.int64, len(values))
    return list(places), code


def _one_hot(column: Column, common: dict[str, int]) -> Any:
    from scipy.sparse import csr_matrix

    rare, missing = len(common), len(common) + 1
    where = [common.get(value, rare) if value else missing for value in column.values]
    rows = np.arange(len(where))
    return csr_matrix((np.ones(len(where)), (rows, where)), shape=(len(where), len(common) + 2))


def _plain(column: Column, kind: str) -> Floats:
    return column.numbers % DAY_S // 3600 if kind == "moment" else column.numbers


def _rows(table: Table) -> int:
    return len(next(iter(table.values())).values)
