"""A test that may be looked at any time: bounds on a difference of means that hold at every look at once.

The normal mixture bound of Robbins, in the asymptotic form of Waudby-Smith and others (docs/adr/0025): with probability 1 - alpha
the true difference never leaves the bounds, however often they are looked at, so a trial may end as soon as they leave zero.
"""

from dataclasses import dataclass
from math import log, sqrt

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Sums:
    """One arm: how many, their sum, and the sum of their squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Zero while there is nothing."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of the values seen, not below zero."""
        return max(self.squares / self.n - self.mean**2, 0.0) if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """A difference of means and what it is surely between."""

    difference: float
    low: float
    high: float


def difference(one: Sums, other: Sums, *, planned: int, alpha: float = ALPHA) -> Bounds:
    """``one`` less ``other``; sharpest at ``planned`` values in all. Without a value on either side nothing is known."""
    found = one.mean - other.mean
    n = one.n + other.n
    if not (one.n and other.n):
        return Bounds(found, float("-inf"), float("inf"))
    spread = sqrt(one.variance * n / one.n + other.variance * n / other.n)
    rho = planned / (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha)))
    radius = spread * sqrt((n + rho) * log((n + rho) / (rho * alpha**2))) / n
    return Bounds(found, found - radius, found + radius)
