"""What a listing should cost: demand by price is learned, then the price that earns most is looked for (SPEC 10.1)."""

from ml.price.curve import Curve
from ml.price.evaluate import evaluate
from ml.price.features import FACTS, Facts
from ml.price.predict import Suggestion, predict
from ml.price.train import train

__all__ = ["FACTS", "Curve", "Facts", "Suggestion", "evaluate", "predict", "train"]
