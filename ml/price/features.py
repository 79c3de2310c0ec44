"""What the price model looks at: the same facts as the written rule (``core.pricing.Known``), and the price that was asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FACTS = ("quality", "age_h", "slots_sold", "demand", "season")


@dataclass(frozen=True)
class Facts:
    """Of many listings: the going rate in cents and the facts by name, a row per listing."""

    going_rate_cents: Floats
    values: Floats  # a column per name in FACTS

    def aged(self, hours: float) -> "Facts":
        """The same listings so many hours later."""
        later = self.values.copy()
        later[:, FACTS.index("age_h")] += hours
        return Facts(self.going_rate_cents, later)


def matrix(facts: Facts, price_cents: Floats) -> Floats:
    """Facts, and the logarithm of the price against the going rate."""
    return np.column_stack([facts.values, np.log(np.maximum(price_cents, 1.0) / facts.going_rate_cents)])
