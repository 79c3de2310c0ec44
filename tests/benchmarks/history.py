"""``hotleads bench history``: the trainer of ``hotleads train quality --csv`` beside a plain logistic regression and a gradient
booster as it comes, over made-up tables of three shapes, in the same five folds."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.history import History, read
from ml.history.learn import judged
from ml.measures import auc
from ml.splits import Fold, grouped
from tests.ml.shapes import SHAPES, Shape

Say = Callable[[Any, NDArray[np.float64], Any], NDArray[np.float64]]


def run(*, progress: Callable[[str], None], scale: int = 9240, **_: Any) -> dict[str, Any]:
    """AUC of each way on each table of ``scale`` rows; ``seconds`` is the trainer's own, with its model of all rows."""
    tables = {name: _compared(name, shape, scale, progress) for name, shape in SHAPES.items()}
    best = {name: max(told["logistic"], told["booster"]) for name, told in tables.items()}
    return {
        "name": "history", "scale": scale, "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        "tables": tables, "limit": best | {"command": "scikit-learn: the better of both others in the same folds"},
        "ratio": round(min(tables[name]["ours"] / best[name] for name in tables), 4),
        "ratio_of": "AUC to the better of both others, the worst table; higher is better",
    }  # fmt: skip


def _compared(name: str, shape: Shape, rows: int, progress: Callable[[str], None]) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "leads.csv"
        shape.write(file, rows=rows)
        history = read(file, target=shape.target, drop=shape.afterwards)
    progress(f"{name}: learning from {rows} rows")
    folds = list(grouped(history.truth, history.groups, folds=5, seed=0))
    began = time.perf_counter()
    said, _ = judged(history, folds, 0)
    took = time.perf_counter() - began
    with threadpool_limits(1):  # on a busy machine their threads wait for each other, spinning, for ever
        others = {"logistic": _by(history, folds, _logistic), "booster": _by(history, folds, _booster)}
    return {"ours": _mean(history, folds, said), **others, "seconds": round(took, 1)}


def _mean(history: History, folds: list[Fold], said: NDArray[np.float64]) -> float:
    return round(float(np.mean([auc(history.truth[rest], said[rest]) for _, rest in folds])), 4)


def _by(history: History, folds: list[Fold], way: Say) -> float:
    frame, said = _frame(history), np.zeros(len(history.truth))
    for past, rest in folds:
        said[rest] = way(frame.iloc[past], history.truth[past], frame.iloc[rest])
    return _mean(history, folds, said)


def _frame(history: History) -> Any:
    """Numbers and moments as numbers, everything else as named values; the kinds are known to the others, too."""
    import pandas as pd

    columns = [column for column in history.table.values() if column.usable]
    numeric = ("number", "moment")
    return pd.DataFrame({c.name: c.numbers if c.kind in numeric else pd.Series(c.values, dtype=object) for c in columns})


def _logistic(known: Any, truth: NDArray[np.float64], asked: Any) -> NDArray[np.float64]:
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    said: NDArray[np.float64] = (
        make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(known, truth).predict_proba(asked)[:, 1]
    )
    return said


def _booster(known: Any, truth: NDArray[np.float64], asked: Any) -> NDArray[np.float64]:
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, dtype=float)
    columns = make_column_transformer((codes, make_column_selector(dtype_exclude="number")), remainder="passthrough")
    model = make_pipeline(columns, HistGradientBoostingClassifier(random_state=0))
    said: NDArray[np.float64] = model.fit(known, truth).predict_proba(asked)[:, 1]
    return said
