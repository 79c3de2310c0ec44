"""How a signal is spread for one kind of sender: something to draw from, and the exact likelihood of what was drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OPTIONAL = 6
WIDTH = 1.3  # of the logarithm of a time
LEVELS = 5  # of how random a text looks, 0 being not at all


class Chance(Protocol):
    """A distribution of one signal."""

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """So many values."""

    def log_likelihood(self, values: Floats) -> Floats:
        """Of each value, up to a constant that no kind of sender changes."""


@dataclass(frozen=True)
class Yes:
    """True with a probability."""

    p: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Zeros and ones."""
        return (rng.random(count) < self.p).astype(float)

    def log_likelihood(self, values: Floats) -> Floats:
        """Of zeros and ones."""
        found: Floats = np.log(np.where(values > 0, self.p, 1 - self.p))
        return found


@dataclass(frozen=True)
class Counts:
    """How often something happened (Poisson)."""

    mean: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Whole numbers."""
        return rng.poisson(self.mean, count).astype(float)

    def log_likelihood(self, values: Floats) -> Floats:
        """Of whole numbers."""
        found: Floats = values * np.log(self.mean) - self.mean
        return found


@dataclass(frozen=True)
class Binomial:
    """How many of the optional questions were answered."""

    p: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Whole numbers up to the questions asked."""
        return rng.binomial(OPTIONAL, self.p, count).astype(float)

    def log_likelihood(self, values: Floats) -> Floats:
        """Of whole numbers."""
        ways = np.array([lgamma(OPTIONAL + 1) - lgamma(k + 1) - lgamma(OPTIONAL - k + 1) for k in range(OPTIONAL + 1)])
        found: Floats = ways[values.astype(int)] + values * np.log(self.p) + (OPTIONAL - values) * np.log(1 - self.p)
        return found


@dataclass(frozen=True)
class Seconds:
    """A time in whole seconds whose logarithm is normal."""

    centre: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Seconds, at least one."""
        return np.maximum(np.round(np.exp(rng.normal(self.centre, WIDTH, count))), 1.0)

    def log_likelihood(self, values: Floats) -> Floats:
        """Of seconds."""
        found: Floats = -((np.log(values) - self.centre) ** 2) / (2 * WIDTH**2)
        return found


@dataclass(frozen=True)
class Typed:
    """Share of words that look typed at random: none, or one of a few shares."""

    p: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """0, or 0.2 to 1.0."""
        shares = rng.integers(1, LEVELS + 1, count) / LEVELS
        found: Floats = np.where(rng.random(count) < self.p, shares, 0.0)
        return found

    def log_likelihood(self, values: Floats) -> Floats:
        """Of shares."""
        found: Floats = np.log(np.where(values > 0, self.p / LEVELS, 1 - self.p))
        return found


KIND_NAMES = ("honest", "hasty", "ring", "copier", "throwaway", "hammerer", "careful")


def words_of(chance: Callable[[float], Chance], *figures: float) -> dict[str, Chance]:
    """One distribution per kind of sender, in the order of ``KIND_NAMES``."""
    return dict(zip(KIND_NAMES, map(chance, figures), strict=True))
