"""Columns that tell the answer instead of foretelling it: written after the outcome, or because of it.

A model that learns from one looks splendid in a test and fails on the first new lead, of which it is not known yet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.history.reading import History
from ml.measures import auc
from ml.splits import grouped
from ml.tabular import Column, Encoder

ALONE = 0.85  # AUC of one column by itself that no fact of intake reaches
MISSING = 0.70  # the same of whether it was filled in at all
TELLS = 0.53  # below that a column with a telling name says nothing anyway
LATER = 0.5  # share of rows in which a date lies after the row's own time
# What sales people and their systems write down once work on a lead has begun, or after it has ended.
AFTERWARDS = re.compile(
    r"""\b(last|latest|recent|next|notable)\b.*\b(activity|action|contact|contacted|touch|call|event|step|modified|update|updated)\b
      | \btags?\b | \blabels?\b | \blead[ ](quality|profile|grade|rating|temperature|stage|status|score)\b
      | \b(close|closed|closing|convert|converted|conversion|won|lost|outcome|result|disposition|resolution)\b
      | \b(status|stage|pipeline|opportunity|deal|contract|invoiced?|paid|payment|revenue|refund(ed)?|purchased?|sold)\b
      | \b(enrolled|enrolment|enrollment|signed|appointment|demo[ ](held|done)|follow[ ]?ups?|attempts|calls|callback)\b
      | \b(activity|profile|engagement|lead)[ ](index|score|grade)\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Leak:
    """One reason to suspect a column: ``alone``, ``missing``, ``name`` or ``later``, in words, and the AUC behind it."""

    column: str
    reason: str
    text: str
    auc: float

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Alone:
    """What a column tells by itself: the AUC of its values and of whether it was filled in, both on rows not learned from or
    without learning, and the share of rows in which it was not."""

    column: str
    auc: float
    missing: float
    missing_auc: float

    def as_json(self) -> dict[str, float]:
        """The figures to four places."""
        return {"auc": round(self.auc, 4), "missing": round(self.missing, 4), "missing_auc": round(self.missing_auc, 4)}


def alone(history: History, *, seed: int = 0) -> list[Alone]:
    """What each column tells by itself, in the order of the file."""
    folds = list(grouped(history.truth, history.groups, folds=5, seed=seed))
    return [_judged(column, history.truth, folds) for column in history.table.values() if column.usable]


def leaks(history: History, found: Sequence[Alone]) -> list[Leak]:
    """Every reason to suspect a column of knowing the answer, the strongest first."""
    reasons = [leak for each in found for leak in _reasons(history.table[each.column], history, each.auc, each.missing_auc)]
    return sorted(reasons, key=lambda leak: -leak.auc)


def _reasons(column: Column, history: History, alone: float, by_missing: float) -> Iterator[Leak]:
    name = column.name
    if alone >= ALONE:
        yield Leak(name, "alone", f"{name} by itself tells the answer nearly always: was it known when the lead came in?", alone)
    if by_missing >= MISSING:
        yield Leak(name, "missing", f"Whether {name} is filled in depends on how the lead ended.", by_missing)
    if AFTERWARDS.search(_spaced(name)) and max(alone, by_missing) >= TELLS:
        yield Leak(
            name, "name", f"{name} sounds like something written down after the lead was worked on.", max(alone, by_missing)
        )
    if column.kind == "moment" and history.order is not None and history.dated:
        later = float(np.mean(column.numbers > history.order + 1))
        if later >= LATER:
            yield Leak(name, "later", f"{name} lies after the time of the row in {later:.0%} of rows.", max(alone, by_missing))


def _judged(column: Column, truth: NDArray[np.float64], folds: Any) -> Alone:
    by_missing = auc(truth, (~column.missing).astype(float))
    return Alone(column.name, _by_tree(column, truth, folds), float(column.missing.mean()), max(by_missing, 1 - by_missing))


def _by_tree(column: Column, truth: NDArray[np.float64], folds: Any) -> float:
    """AUC of a tree on this column only, on rows it has not seen."""
    from sklearn.tree import DecisionTreeClassifier

    said = np.zeros(len(truth))
    for learn, rest in folds:
        one = {column.name: _part(column, learn)}
        encoder = Encoder().fit(one, truth[learn])
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=20).fit(encoder.trees(one), truth[learn])
        said[rest] = tree.predict_proba(encoder.trees({column.name: _part(column, rest)}))[:, 1]
    return auc(truth, said)


def _part(column: Column, rows: NDArray[np.int64]) -> Column:
    return Column(column.name, column.kind, column.numbers[rows], tuple(column.values[n] for n in rows))


def _spaced(name: str) -> str:
    """``lastActivity_at`` as words."""
    return re.sub(r"[_\-.]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
