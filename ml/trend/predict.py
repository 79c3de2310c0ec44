"""The coming weeks by a trend."""

from dataclasses import dataclass

import numpy as np

from ml.trend.train import Trend, features


@dataclass(frozen=True, slots=True)
class Outlook:
    """One week ahead: expected requests, and a range that holds four times in five."""

    weeks_ahead: int
    expected: float
    low: float
    high: float


def predict(trend: Trend, *, weeks: int = 4) -> list[Outlook]:
    """The next weeks, the nearest first."""
    ahead = np.arange(weeks, dtype=float) + trend.weeks
    middle = features(ahead) @ trend.coefficients
    wide = 1.28 * trend.spread
    return [
        Outlook(n + 1, float(np.expm1(m)), float(max(0.0, np.expm1(m - wide))), float(np.expm1(m + wide)))
        for n, m in enumerate(middle)
    ]
