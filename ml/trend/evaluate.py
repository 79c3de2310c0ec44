"""How far forecasts were off, beside the rule that the coming weeks will be like the last four."""

import numpy as np
from numpy.typing import NDArray

from ml.trend.predict import predict
from ml.trend.train import train

Floats = NDArray[np.float64]
AHEAD = 4


def evaluate(series: list[Floats], *, start: int) -> dict[str, float]:
    """Share by which four weeks' forecasts missed in all, over rolling origins from week ``start``: model and rule."""
    missed = {"model": 0.0, "rule": 0.0}
    total = 0.0
    for counts in series:
        for cut in range(start, len(counts) - AHEAD + 1):
            real = counts[cut : cut + AHEAD]
            said = np.array([week.expected for week in predict(train(counts[:cut]), weeks=AHEAD)])
            missed["model"] += float(np.abs(said - real).sum())
            missed["rule"] += float(np.abs(counts[cut - AHEAD : cut].mean() - real).sum())
            total += float(real.sum())
    return {name: value / max(total, 1.0) for name, value in missed.items()}
