"""Train the fraud model."""

from ml.cases import Cases
from ml.fraud.features import KIND
from ml.judging import learn
from ml.tabular import Blend


def train(cases: Cases, *, seed: int = 0) -> Blend:
    """The model that these cases make; those whose end is not known yet are left out."""
    return learn(cases, KIND, seed=seed)
