"""Cross-validate a model on past leads, say how good it is, and log it with the model that all rows make."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml import progress, tracking
from ml.history.leaks import Leak, leaks
from ml.history.reading import History, read
from ml.measures import Measures, measure
from ml.splits import Fold, forward, grouped
from ml.tabular import Blend
from ml.tabular.model import take

FOLDS = 5
EXPERIMENT = "quality-history"


@dataclass(frozen=True)
class Learned:
    """How good a model on this history is, on rows it has not seen, and which columns should not be in it."""

    measures: Measures
    fold_aucs: tuple[float, ...]
    leaks: tuple[Leak, ...]
    history: History
    run_id: str

    def as_json(self) -> dict[str, Any]:
        """What ``hotleads train quality --csv`` prints; ``auc`` is the mean of the folds."""
        suspects = list(dict.fromkeys(leak.column for leak in self.leaks))
        pooled = self.measures
        return {
            "auc": round(float(np.mean(self.fold_aucs)), 4),
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
            "run_id": self.run_id,
            "rows": pooled.rows,
            "positive_share": round(pooled.positive_share, 4),
            "duplicate_rows": self.history.duplicates,
            "columns": {name: column.kind for name, column in self.history.table.items() if column.usable},
            "ignored_columns": self.history.ignored,
        }


def learn(
    file: Path, *, target: str, drop: Sequence[str] = (), group: str | None = None, time: str | None = None, seed: int = 0
) -> Learned:
    """Cross-validate on a CSV file of past leads and log the run with its model (SPEC 10.3).

    Five folds; rows that are alike in everything learned from, or share ``group``, stay in one of them. With ``time`` each
    fold is tested on what came after it. Raises ``UnusableHistory``.
    """
    history = read(file, target=target, drop=drop, group=group, time=time)
    folds = _folds(history, seed)
    said = np.full(len(history.truth), np.nan)
    for n, (past, rest) in enumerate(folds, start=1):
        with progress.part(f"Fold {n} of {len(folds)}", (n - 1) / (len(folds) + 1), n / (len(folds) + 1)):
            model = Blend(seed=seed).fit(take(history.table, past), history.truth[past], history.groups[past])
            said[rest] = model.predict(take(history.table, rest))
    seen = ~np.isnan(said)
    fold_aucs = tuple(measure(history.truth[rest], said[rest]).auc for _, rest in folds)
    found = tuple(leaks(history, seed=seed))
    learned = Learned(measure(history.truth[seen], said[seen]), fold_aucs, found, history, "")
    with progress.part("Learning from all rows", len(folds) / (len(folds) + 1), 1.0):
        final = Blend(seed=seed).fit(history.table, history.truth, history.groups)
    return Learned(learned.measures, fold_aucs, found, history, _log(learned, final, file))


def _folds(history: History, seed: int) -> list[Fold]:
    if history.order is not None:
        return list(forward(history.order, history.groups, folds=FOLDS))
    return list(grouped(history.truth, history.groups, folds=FOLDS, seed=seed))


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
