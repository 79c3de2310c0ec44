"""Everything on sale as one resident matrix: the nearest of 100,000 in about a millisecond, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
WEIGHTS = {"won": 3.0, "accepted": 1.5, "bought": 1.0, "rejected": -1.5, "refunded": -2.0, "helpful": 1.0, "not_for_me": -1.0}
HALF_LIFE_DAYS = 60.0


@dataclass(frozen=True)
class Matrix:
    """Vectors of length one, a row each."""

    rows: Vectors

    def nearest(self, wanted: Vectors, *, most: int, among: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], Vectors]:
        """Row numbers and likeness (-1 to 1) of the ``most`` nearest to a vector, the nearest first."""
        likeness = self.rows @ wanted.astype(np.float32)
        if among is not None:
            likeness[~among] = -np.inf
        count = min(most, len(likeness))
        found = np.argpartition(-likeness, count - 1)[:count] if count else np.zeros(0, np.int64)
        ordered = found[np.argsort(-likeness[found], kind="stable")]
        ordered = ordered[np.isfinite(likeness[ordered])]
        return ordered, likeness[ordered]


def profile(vectors: Vectors, fates: Sequence[str], times: Sequence[datetime], *, now: datetime) -> Vectors:
    """A company as one vector: what it won counts for, what it turned down against, and the past fades; zero without any."""
    if not len(vectors):
        return np.zeros(vectors.shape[1] if vectors.ndim == 2 else 64, np.float32)
    age = np.array([(now - at).total_seconds() / 86_400 for at in times])
    weight = np.array([WEIGHTS[fate] for fate in fates]) * 0.5 ** (age / HALF_LIFE_DAYS)
    total = (vectors * weight[:, None]).sum(axis=0)
    found: Vectors = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return found
