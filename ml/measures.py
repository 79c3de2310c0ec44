"""How good probabilities are: ranking, sharpness and honesty, in numbers that can be compared between models."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 10
SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Measures:
    """Of predicted probabilities against what happened. ``calibration_error`` is the mean distance between said and seen
    over ten bins of equal size; ``bins`` has for each how many, the mean said, and the share seen."""

    rows: int
    positive_share: float
    auc: float
    average_precision: float
    brier: float
    log_loss: float
    calibration_error: float
    calibration_slope: float
    bins: tuple[dict[str, float], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file or a page."""
        return {**asdict(self), "bins": list(self.bins)}

    def figures(self) -> dict[str, float]:
        """The single numbers, as an experiment tracker wants them."""
        return {key: float(value) for key, value in asdict(self).items() if key != "bins"}


def measure(truth: Floats, said: Floats) -> Measures:
    """All measures of ``said`` (probabilities) against ``truth`` (0 or 1); the ranking ones are nan when one class is absent."""
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss

    p = np.clip(said, SMALLEST, 1 - SMALLEST)
    both = 0 < truth.sum() < len(truth)
    bins = _bins(truth, p)
    return Measures(
        rows=len(truth),
        positive_share=float(truth.mean()),
        auc=auc(truth, said),
        average_precision=float(average_precision_score(truth, said)) if both else float("nan"),
        brier=float(brier_score_loss(truth, p)),
        log_loss=float(log_loss(truth, p, labels=[0, 1])),
        calibration_error=float(sum(b["rows"] * abs(b["said"] - b["seen"]) for b in bins) / len(truth)),
        calibration_slope=_slope(truth, p) if both else float("nan"),
        bins=tuple(bins),
    )


def auc(truth: Floats, said: Floats) -> float:
    """How often a good one is put above a bad one, ties counted half; nan when one class is absent."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, said)) if 0 < truth.sum() < len(truth) else float("nan")


def finite(told: Any) -> Any:
    """The same figures with ``None`` for those that are no number: neither JSON nor the database has a NaN."""
    if isinstance(told, dict):
        return {key: finite(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [finite(value) for value in told]
    return None if isinstance(told, float) and not np.isfinite(told) else told


def logit(p: Floats) -> Floats:
    """Log odds of probabilities, kept finite."""
    held = np.clip(p, SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(held / (1 - held))
    return odds


def psi(before: Floats, after: Floats, *, bins: int = BINS) -> float:
    """Population stability index of a numeric feature or score: below 0.1 steady, above 0.25 moved (SPEC 10.6).

    Bins are the tenths of ``before``; a value that fills a whole one, and what is missing, have a bin of their own.
    """
    known = before[~np.isnan(before)]
    tenths = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]) if len(known) else np.array([])
    edges = np.union1d(tenths, np.nextafter(_crowded(known, bins), np.inf))
    return _psi_of_shares(_shares(before, edges), _shares(after, edges))


def psi_of_values(before: list[str], after: list[str]) -> float:
    """``psi`` of a feature with named values."""
    values = sorted(set(before) | set(after))
    one = np.array([before.count(v) for v in values], float) / max(len(before), 1)
    two = np.array([after.count(v) for v in values], float) / max(len(after), 1)
    return _psi_of_shares(one, two)


def _crowded(known: Floats, bins: int) -> Floats:
    """Values as common as a whole bin, such as the nothing that most leads have of a rare fact: what lies above one is apart
    from it, else a fact that goes from one lead in fifty to every second one would look steady."""
    values, counts = np.unique(known, return_counts=True)
    crowded: Floats = values[counts * bins >= len(known)]
    return crowded


def _shares(values: Floats, edges: Floats) -> Floats:
    missing = np.isnan(values)
    counts = np.bincount(np.searchsorted(edges, values[~missing], side="right"), minlength=len(edges) + 1)
    shares: Floats = np.append(counts, missing.sum()) / max(len(values), 1)
    return shares


def _psi_of_shares(one: Floats, two: Floats) -> float:
    a, b = np.maximum(one, 1e-4), np.maximum(two, 1e-4)
    return float(np.sum((b - a) * np.log(b / a)))


def _bins(truth: Floats, said: Floats) -> list[dict[str, float]]:
    parts = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    return [
        {"rows": float(len(part)), "said": round(float(said[part].mean()), 4), "seen": round(float(truth[part].mean()), 4)}
        for part in parts
        if len(part)
    ]


def _slope(truth: Floats, said: Floats) -> float:
    """Slope of a logistic fit of what happened on the log odds said: 1 is honest, below 1 is too sure of itself."""
    from sklearn.linear_model import LogisticRegression

    return float(LogisticRegression(C=1e6).fit(logit(said)[:, None], truth).coef_[0, 0])
