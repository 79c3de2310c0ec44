"""Folds that do not let a model see the answer: rows that belong together stay together, time goes forward only."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Fold = tuple[Indices, Indices]


def together(*keys: Sequence[object]) -> Indices:
    """A group number per row: rows that share any of the keys, directly or through others, have the same one.

    ``None`` is nobody's key: such a row is bound by its other keys only.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = len(keys[0])
    ends: list[int] = []
    starts: list[int] = []
    nodes = rows
    for key in keys:
        numbers: dict[object, int] = {}
        for row, value in enumerate(key):
            if value is None:
                continue
            if value not in numbers:
                numbers[value] = nodes
                nodes += 1
            starts.append(row)
            ends.append(numbers[value])
    graph = coo_matrix((np.ones(len(starts), np.int8), (starts, ends)), shape=(nodes, nodes))
    _, labels = connected_components(graph, directed=False)
    found: Indices = labels[:rows].astype(np.int64)
    return found


def grouped(truth: NDArray[np.float64], groups: Indices, *, folds: int, seed: int) -> Iterator[Fold]:
    """Folds of whole groups, about equal in rows and in the share of good ones.

    The largest groups are placed first, each where it is missed most; equal ones in an order that ``seed`` draws.
    """
    _, group = np.unique(groups, return_inverse=True)
    sizes, good = np.bincount(group), np.bincount(group, weights=truth)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    fold_of = np.zeros(len(sizes), np.int64)
    lacking = np.tile([truth.sum() / folds, (len(truth) - truth.sum()) / folds], (folds, 1))
    scale = np.maximum(lacking[0], 1.0)
    for n in drawn[np.argsort(-sizes[drawn], kind="stable")]:
        wanted = np.array([good[n], sizes[n] - good[n]])
        fold = int(np.argmax((lacking / scale**2) @ wanted))
        fold_of[n] = fold
        lacking[fold] -= wanted
    for fold in range(folds):
        inside = fold_of[group] == fold
        yield np.flatnonzero(~inside), np.flatnonzero(inside)


def forward(order: NDArray[np.float64], groups: Indices, *, folds: int) -> Iterator[Fold]:
    """Train on the past, test on the next part; rows whose group was trained on are left out of the test.

    ``order`` is a time per row (nan first). The first part is only ever trained on.
    """
    by_time = np.argsort(np.nan_to_num(order, nan=-np.inf), kind="stable")
    parts = np.array_split(by_time, folds + 1)
    for n in range(1, folds + 1):
        past = np.concatenate(parts[:n])
        yield past, parts[n][~np.isin(groups[parts[n]], groups[past])]
