"""The demand curve: how likely a listing is bought within a day at a price. It falls with the price, smoothly, everywhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.price.features import Facts, matrix

Floats = NDArray[np.float64]


@dataclass
class Curve:
    """Smooth bends of the facts, and a straight line in the logarithm of the price.

    Straight on purpose: the price that earns most is often dearer than those that were tried, and trees, which know
    nothing beyond what was tried, would promise there what they saw last.
    """

    line: Any

    def chance_of_sale(self, facts: Facts, price_cents: Floats) -> Floats:
        """Within a day, of each listing at its price."""
        said: Floats = self.line.predict_proba(matrix(facts, price_cents))[:, 1]
        return said
