"""Ask the quality model."""

import numpy as np
from numpy.typing import NDArray

from ml.tabular import Blend, Table


def predict(model: Blend, facts: Table) -> NDArray[np.float64]:
    """A probability per row."""
    return model.predict(facts)
