"""Learn level, growth and season of weekly counts: few numbers, since few weeks are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR = 52.18
STIFF = 4.0  # how much evidence growth and season need before they are believed
LEAST_WEEKS = 6


@dataclass(frozen=True)
class Trend:
    """Coefficients on the logarithm of a week's count, and how far the weeks strayed from them."""

    coefficients: Floats
    spread: float
    weeks: int


def features(week: Floats) -> Floats:
    """Of week numbers: level, growth, and a wave of a year."""
    turn = 2 * np.pi * week / YEAR
    return np.column_stack([np.ones_like(week), week / YEAR, np.sin(turn), np.cos(turn)])


def train(counts: Floats, *, first_week: int = 0) -> Trend:
    """The trend of weekly counts, oldest first; recent weeks weigh more. ``first_week`` is the first one's week of the year."""
    week = np.arange(len(counts), dtype=float) + first_week
    rows = features(week)
    weight = 0.5 ** ((len(counts) - 1 - np.arange(len(counts))) / 26.0)
    stiff = np.diag([1e-6, STIFF, STIFF / 2, STIFF / 2])
    wanted = np.log1p(counts)
    coefficients = np.linalg.solve(rows.T @ (rows * weight[:, None]) + stiff, rows.T @ (weight * wanted))
    return Trend(coefficients.astype(np.float64), float(np.std(wanted - rows @ coefficients)), len(counts) + first_week)
