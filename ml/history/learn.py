"""Cross-validate a model on past leads, say how good it is, and log it with the model that all rows make."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import progress, tracking
from ml.errors import UnusableHistory
from ml.history.leaks import Alone, Leak, alone, leaks
from ml.history.reading import History, read
from ml.measures import Measures, finite, measure
from ml.splits import Fold, Indices, forward, grouped
from ml.tabular import Blend
from ml.tabular.model import INNER_FOLDS, take

FOLDS = 5
EXPERIMENT = "quality-history"
_Work = tuple[History, Indices, Indices, int]  # rows to learn from, rows to answer for, seed
_Answer = tuple[NDArray[np.float64], Blend]
TWO_PROCESSES = 50_000  # cells of a table from which a second process pays


@dataclass(frozen=True)
class Learned:
    """How good a model on this history is, on rows it has not seen, and which columns should not be in it."""

    measures: Measures
    fold_aucs: tuple[float, ...]
    alone: tuple[Alone, ...]
    leaks: tuple[Leak, ...]
    history: History
    run_id: str

    def as_json(self) -> dict[str, Any]:
        """What ``hotleads train quality --csv`` prints; ``auc`` is the mean of the folds."""
        suspects = list(dict.fromkeys(leak.column for leak in self.leaks))
        pooled = self.measures
        told: dict[str, Any] = {
            "auc": round(float(np.nanmean(self.fold_aucs)), 4),
            "auc_folds": [round(value, 4) for value in self.fold_aucs],
            "auc_pooled": round(pooled.auc, 4),
            "average_precision": round(pooled.average_precision, 4),
            "brier": round(pooled.brier, 4),
            "calibration": {
                "error": round(pooled.calibration_error, 4),
                "slope": round(pooled.calibration_slope, 3),
                "bins": list(pooled.bins),
            },
            "leaky_columns": suspects,
            "leaks": [leak.as_json() for leak in self.leaks],
            "columns_alone": {each.column: each.as_json() for each in self.alone},
            "run_id": self.run_id,
            "rows": pooled.rows,
            "positive_share": round(pooled.positive_share, 4),
            "duplicate_rows": self.history.duplicates,
            "columns": {name: column.kind for name, column in self.history.table.items() if column.usable},
            "ignored_columns": self.history.ignored,
        }
        plain: dict[str, Any] = finite(told)
        return plain


def learn(
    file: Path, *, target: str, drop: Sequence[str] = (), group: str | None = None, time: str | None = None, seed: int = 0
) -> Learned:
    """Cross-validate on a CSV file of past leads and log the run with its model (SPEC 10.3).

    Five folds; rows that are alike in everything learned from, or share ``group``, stay in one of them. With ``time`` each
    fold is tested on what came after it. Raises ``UnusableHistory``.
    """
    history = read(file, target=target, drop=drop, group=group, time=time)
    folds = _folds(history, seed)
    _check_folds(history, folds, seed, group=group, time=time)
    said, final = judged(history, folds, seed)
    seen = ~np.isnan(said)
    fold_aucs = tuple(measure(history.truth[rest], said[rest]).auc for _, rest in folds)
    by_itself = tuple(alone(history, seed=seed))
    found = tuple(leaks(history, by_itself))
    learned = Learned(measure(history.truth[seen], said[seen]), fold_aucs, by_itself, found, history, "")
    return replace(learned, run_id=_log(learned, final, file))


def judged(history: History, folds: list[Fold], seed: int) -> _Answer:
    """What models that had not seen a row say of it, and the model that all rows make.

    Large tables are learned from by two processes; a small one is done before a second process has begun.
    """
    everything = np.arange(len(history.truth))
    work: list[_Work] = [(history, past, rest, seed) for past, rest in folds]
    work.append((history, everything, everything[:0], seed))
    cells = len(history.truth) * sum(column.usable for column in history.table.values())
    said = np.full(len(history.truth), np.nan)
    large = cells >= TWO_PROCESSES and (os.cpu_count() or 1) > 1
    answers = list(_side_by_side(work) if large else _one_by_one(work))
    for (_, _, rest, _), (told, _) in zip(work, answers, strict=True):
        said[rest] = told
    return said, answers[-1][1]


def _one_by_one(work: list[_Work]) -> Iterator[_Answer]:
    for n, each in enumerate(work):
        with progress.part(_step(n, len(work)), n / len(work), (n + 1) / len(work)):
            answer = _part(each)
        yield answer


def _side_by_side(work: list[_Work]) -> Iterator[_Answer]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for n, answer in enumerate(pool.map(_part, work), start=1):
            with progress.part(f"{_step(n - 1, len(work))} is done", n / len(work), n / len(work)):
                yield answer


def _step(n: int, of: int) -> str:
    return f"Fold {n + 1} of {of - 1}" if n < of - 1 else "Learning from all rows"


def _part(work: _Work) -> _Answer:
    """Learn from some rows and answer for others."""
    history, past, rest, seed = work
    model = Blend(seed=seed).fit(take(history.table, past), history.truth[past], history.groups[past])
    return (model.predict(take(history.table, rest)) if len(rest) else np.zeros(0)), model


def _folds(history: History, seed: int) -> list[Fold]:
    if history.order is not None:
        return list(forward(history.order, history.groups, folds=FOLDS))
    return list(grouped(history.truth, history.groups, folds=FOLDS, seed=seed))


def _check_folds(history: History, folds: list[Fold], seed: int, *, group: str | None, time: str | None) -> None:
    """Each part that is learned from, also inside the blend, has to hold both ends, and each that is tested something."""
    learned = [past for past, _ in folds]
    for past, _ in folds:
        inner = grouped(history.truth[past], history.groups[past], folds=INNER_FOLDS, seed=seed)
        learned += [past[rows] for rows, _ in inner]
    one_sided = any(len(np.unique(history.truth[past])) < 2 for past in learned)
    untested = not any(0 < history.truth[rest].sum() < len(rest) for _, rest in folds) or any(len(rest) == 0 for _, rest in folds)
    if not (one_sided or untested):
        return
    alike = "Rows that are alike in every column" + (f", or have the same {group}," if group else "")
    how = f" and what is tested comes later by {time}" if time else ""
    raise UnusableHistory(
        f"{alike} stay together{how}: then a part to learn from is left in which all ended the same way, or nothing to test on. "
        + ("Leave out --time, or bring a longer history." if time else "Keep more columns, or group by one that has more values.")
    )


def _log(learned: Learned, model: Blend, file: Path) -> str:
    told = learned.as_json()
    figures = {key: told[key] for key in ("auc", "auc_pooled", "average_precision", "brier")}
    return tracking.log_run(
        EXPERIMENT,
        name=file.stem,
        parameters={"target": learned.history.target, "rows": told["rows"], "columns": len(told["columns"])},
        figures=figures | {"calibration_error": told["calibration"]["error"]},
        documents={"report.json": told},
        tags={"data.sha256": tracking.hash_of(file)},
        model=model,
    )
