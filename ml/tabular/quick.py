"""The same answers as ``Blend.predict`` for a handful of rows, in a fortieth of the time: what a job asks for each lead.

The libraries that fit a blend check and convert their input for milliseconds per call, which pays for thousands of rows and not
for one. Here the fitted numbers are laid out once: trees as flat arrays that all rows walk together, the linear part as a look-up
per value. ``quick`` compares both ways on rows that take every branch it can think of and gives ``None`` unless they agree.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.tabular.columns import Kind, known_column
from ml.tabular.encode import Encoder
from ml.tabular.model import Blend

Floats = NDArray[np.float64]
Row = Mapping[str, Any]
AGREES = 1e-9
MOST_VALUES = 256  # a node's set of named values is a set of so many bits


@dataclass(frozen=True)
class _Forest:
    """All trees of a model one after the other; ``left`` and ``right`` are places in the same arrays, a leaf's its own."""

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    named: NDArray[np.bool_]
    members: NDArray[np.bool_]  # of each node: which named values go left
    value: Floats
    depth: int
    base: float

    def log_odds(self, rows: Floats) -> Floats:
        """Per row of features as the trees know them."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        line = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            given = rows[line, self.feature[at]]
            missing = np.isnan(given)
            left = np.where(missing, self.missing_left[at], given <= self.threshold[at])
            named = self.named[at] & ~missing
            if named.any():
                left[named] = self.members[at[named], given[named].astype(np.int64)]
            at = np.where(left, self.left[at], self.right[at])
        said: Floats = self.base + self.value[at].sum(axis=1)
        return said


@dataclass(frozen=True)
class _Number:
    """One column of numbers in the linear part: a weight per band, for its size, and for being zero."""

    edges: list[float]
    weights: list[float]
    centre: float
    spread: float

    def adds(self, value: float) -> float:
        """Log odds of a value."""
        if isnan(value):
            return self.weights[len(self.edges) + 1]
        size = (log1p(abs(value)) * (1 if value > 0 else -1 if value < 0 else 0) - self.centre) / self.spread
        added = self.weights[bisect_right(self.edges, value)] + self.weights[-2] * min(max(size, -5.0), 5.0)
        return added + (self.weights[-1] if value == 0 else 0.0)


@dataclass(frozen=True)
class _Named:
    """One column of named values: its place among the common ones, its share, and its weight in the linear part."""

    common: dict[str, int]
    shares: dict[str, float]
    base: float
    weights: list[float]

    def adds(self, value: str) -> float:
        """Log odds of a value, ``""`` when none was given."""
        return self.weights[self.common.get(value, len(self.common)) if value else len(self.common) + 1]


@dataclass(frozen=True)
class Quick:
    """A fitted blend, laid out for few rows."""

    columns: tuple[tuple[str, _Number | _Named], ...]
    forests: tuple[_Forest, ...]
    order: NDArray[np.int64]  # from the encoder's columns to those of the trees
    intercept: float
    scale: tuple[float, float, float]

    def predict(self, rows: Sequence[Row]) -> Floats:
        """The probability of each row, 0 to 1; a fact that is absent counts as not given."""
        dense, line = np.empty((len(rows), len(self.order))), np.empty(len(rows))
        for n, row in enumerate(rows):
            features, line[n] = self._read(row)
            dense[n] = features
        dense = dense[:, self.order]
        trees = np.mean([forest.log_odds(dense) for forest in self.forests], axis=0)
        by_trees, by_line, base = self.scale
        odds = by_trees * np.clip(trees, -12, 12) + by_line * np.clip(line, -12, 12) + base
        said: Floats = 1 / (1 + np.exp(-odds))
        return said

    def _read(self, row: Row) -> tuple[list[float], float]:
        features: list[float] = []
        total = self.intercept
        for name, column in self.columns:
            given = row.get(name)
            if isinstance(column, _Number):
                number = float("nan") if given is None else float(given)
                features.append(number)
                total += column.adds(number)
            else:
                value = "" if given is None else str(given)
                place = column.common.get(value) if value else None
                features.append(float("nan") if place is None else float(place))
                features.append(column.shares.get(value, column.base))
                total += column.adds(value)
        return features, total


def quick(blend: Blend, kinds: Mapping[str, Kind], rows: Sequence[Row]) -> Quick | None:
    """The blend laid out for few rows, or ``None`` when it has columns of words or moments, or when the two ways do not agree
    on ``rows`` and on what is made of them by changing one fact at a time."""
    try:
        made = _laid_out(blend)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # the library keeps its trees in another way now
        return None
    if made is None:
        return None
    tried = [*rows, {}, *({**row, name: value} for row in rows for name, kind in kinds.items() for value in _others(kind))]
    slow = blend.predict({name: known_column(name, kind, [row.get(name) for row in tried]) for name, kind in kinds.items()})
    return made if np.allclose(made.predict(tried), slow, rtol=0, atol=AGREES) else None


def _others(kind: Kind) -> tuple[Any, ...]:
    return (None, "never heard of") if kind == "category" else (None, 0.0, 1.0, 2.5, 40.0, 5000.0, -1.0)


def _laid_out(blend: Blend) -> Quick | None:
    pair = blend.pair
    if pair is None or any(kind not in ("number", "category") for _, kind in pair.encoder.columns):
        return None
    weights, columns, at = [float(w) for w in pair.linear.coef_[0]], [], 0
    for name, kind in pair.encoder.columns:
        column, width = _column(pair.encoder, name, kind, weights[at:])
        columns.append((name, column))
        at += width
    _, named = pair.encoder.tree_names()
    order = np.array([*np.flatnonzero(named), *np.flatnonzero(~np.array(named))], np.int64)  # named ones stand first in trees
    by_trees, by_line = (float(w) for w in blend.scale.coef_[0])
    forests = tuple(_forest(model) for model in pair.trees)
    scale = (by_trees, by_line, float(blend.scale.intercept_[0]))
    return Quick(tuple(columns), forests, order, float(pair.linear.intercept_[0]), scale)


def _column(encoder: Encoder, name: str, kind: str, weights: list[float]) -> tuple[_Number | _Named, int]:
    if kind == "category":
        known = encoder.named[name]
        width = len(known.common) + 2
        return _Named(known.common, known.shares, encoder.base, weights[:width]), width
    number = encoder.numbers[name]
    width = len(number.edges) + 4
    return _Number([float(edge) for edge in number.edges], weights[:width], number.centre, number.spread), width


def _forest(model: Any) -> _Forest:
    if any(len(places) > MOST_VALUES for places in model._preprocessor.named_transformers_["encoder"].categories_):
        raise ValueError("more named values than a set of bits holds")
    roots, parts, members, start = [], [], [], 0
    for (tree,) in model._predictors:
        nodes = tree.nodes
        roots.append(start)
        leaf = nodes["is_leaf"].astype(bool)
        own = np.arange(start, start + len(nodes))
        inner = leaf[:, None]
        ways = np.where(inner, own[:, None], np.column_stack([nodes["left"], nodes["right"]]).astype(np.int64) + start)
        named = nodes["is_categorical"].astype(bool) & ~leaf
        bits = np.zeros((len(nodes), MOST_VALUES), bool)
        if named.any():
            words = tree.raw_left_cat_bitsets[nodes["bitset_idx"][named]]
            bits[named] = (words[:, :, None] >> np.arange(32, dtype=np.uint32) & 1).reshape(len(words), -1).astype(bool)
        members.append(bits)
        parts.append((nodes["feature_idx"].astype(np.int64), nodes["num_threshold"].astype(float),
                      nodes["missing_go_to_left"].astype(bool), ways[:, 0], ways[:, 1], named,
                      np.where(leaf, nodes["value"], 0.0), int(nodes["depth"].max())))  # fmt: skip
        start += len(nodes)
    feature, threshold, missing, left, right, named, value = (np.concatenate([part[n] for part in parts]) for n in range(7))
    return _Forest(
        np.array(roots), feature, threshold, missing, left, right, named, np.concatenate(members), value,
        max(part[7] for part in parts), float(np.ravel(model._baseline_prediction)[0]),
    )  # fmt: skip
