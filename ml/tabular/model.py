"""A blend of trees and a linear model: each sees what the other can't, and a third one weighs them.

The weights are learned from predictions for rows that neither had seen, which also makes the probabilities honest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import progress
from ml.measures import logit
from ml.splits import Indices, grouped
from ml.tabular.columns import Column, Table
from ml.tabular.encode import Encoder

Floats = NDArray[np.float64]
INNER_FOLDS = 4


@dataclass
class _Pair:
    """Trees and a linear model over the same encoder."""

    encoder: Encoder
    trees: list[Any]
    linear: Any

    def log_odds(self, table: Table) -> Floats:
        """Columns: trees, linear."""
        dense = self.encoder.trees(table)
        by_trees = np.mean([model.decision_function(dense) for model in self.trees], axis=0)
        by_line = self.linear.decision_function(self.encoder.linear(table))
        return np.column_stack([np.clip(by_trees, -12, 12), np.clip(by_line, -12, 12)])


@dataclass
class Blend:
    """The fitted model: ``predict`` gives a probability per row. ``rounds`` and ``seeds`` bound the work of training."""

    seed: int = 0
    rounds: int = 160
    seeds: int = 2
    pair: _Pair | None = None
    scale: Any = None

    def fit(self, table: Table, truth: Floats, groups: Indices | None = None) -> "Blend":
        """Learn from rows; rows of one group are never on both sides of an inner fold."""
        import sklearn.ensemble
        import sklearn.linear_model  # noqa: F401  # threads can be held only once the libraries that start them are there
        from threadpoolctl import threadpool_limits

        # Training shares its machine with pages and jobs: one core, and no threads that wait for each other.
        with threadpool_limits(1):
            return self._fit(table, truth, groups)

    def _fit(self, table: Table, truth: Floats, groups: Indices | None) -> "Blend":
        alike = np.arange(len(truth)) if groups is None else groups
        folds = list(grouped(truth, alike, folds=INNER_FOLDS, seed=self.seed))
        unseen = np.zeros((len(truth), 2))
        for n, (learn, rest) in enumerate(folds):
            progress.tell(n / (INNER_FOLDS + 1))
            pair = self._pair(take(table, learn), truth[learn], alike[learn], seeds=1)
            unseen[rest] = pair.log_odds(take(table, rest))
        progress.tell(INNER_FOLDS / (INNER_FOLDS + 1))
        self.scale = _weigh(unseen, truth)
        self.pair = self._pair(table, truth, alike, seeds=self.seeds)
        return self

    def predict(self, table: Table) -> Floats:
        """The probability of each row, 0 to 1."""
        from threadpoolctl import threadpool_limits

        if self.pair is None:
            raise ValueError("fit comes before predict")
        with threadpool_limits(1):
            said: Floats = self.scale.predict_proba(self.pair.log_odds(table))[:, 1]
        return said

    def log_odds(self, table: Table) -> Floats:
        """``predict`` as log odds, in which the effects of columns add up."""
        return logit(self.predict(table))

    def _pair(self, table: Table, truth: Floats, groups: Indices, *, seeds: int) -> _Pair:
        from sklearn.linear_model import LogisticRegression

        encoder = Encoder().fit(table, truth)
        folds = list(grouped(truth, groups, folds=INNER_FOLDS, seed=self.seed + 1))
        dense = encoder.trees(table, out_of_fold=(truth, folds))
        trees = [self._trees(encoder, seed).fit(dense, truth) for seed in range(self.seed, self.seed + seeds)]
        line = LogisticRegression(C=0.3, max_iter=400, solver="lbfgs").fit(encoder.linear(table), truth)
        return _Pair(encoder, trees, line)

    def _trees(self, encoder: Encoder, seed: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        _, named = encoder.tree_names()
        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=0.06,
            max_leaf_nodes=12,
            min_samples_leaf=25,
            l2_regularization=5.0,
            max_features=0.5,
            early_stopping=False,
            categorical_features=np.array(named, bool),
            random_state=seed,
        )


def take(table: Table, rows: Indices | Sequence[int]) -> Table:
    """The same columns with these rows only."""
    return {name: Column(c.name, c.kind, c.numbers[rows], tuple(c.values[n] for n in rows), c.why) for name, c in table.items()}


def _weigh(unseen: Floats, truth: Floats) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, max_iter=400).fit(unseen, truth)
