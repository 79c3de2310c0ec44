"""Learn the demand curve from days on which listings stood at a price, bought or not."""

import numpy as np
from numpy.typing import NDArray

from ml.errors import TooFewRows
from ml.price.curve import Curve
from ml.price.features import FACTS, Facts, matrix

Floats = NDArray[np.float64]
LEAST, LEAST_BOUGHT, LEAST_SPREAD = 300, 40, 0.05


def train(facts: Facts, price_cents: Floats, bought: Floats) -> Curve:
    """The curve these days make; raises ``TooFewRows`` when they are too few, or prices have hardly varied."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    rows = matrix(facts, price_cents)
    if len(rows) < LEAST or bought.sum() < LEAST_BOUGHT or rows[:, -1].std() < LEAST_SPREAD:
        raise TooFewRows(
            f"{len(rows)} days at a price, on {int(bought.sum())} of which a listing was bought, tell too little of demand: "
            f"{LEAST} and {LEAST_BOUGHT} are needed, at prices that vary. The written rule stays in force."
        )
    bends = SplineTransformer(n_knots=5, degree=2, knots="quantile", extrapolation="constant")
    columns = ColumnTransformer([("facts", bends, list(range(len(FACTS)))), ("price", StandardScaler(), [len(FACTS)])])
    return Curve(make_pipeline(columns, LogisticRegression(C=5.0, max_iter=500)).fit(rows, bought))
