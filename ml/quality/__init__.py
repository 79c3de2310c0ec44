"""How likely a lead ends well, learned from what companies made of theirs (SPEC 10.3)."""

from ml.quality.evaluate import evaluate
from ml.quality.features import KIND, features
from ml.quality.predict import predict
from ml.quality.train import train

__all__ = ["KIND", "evaluate", "features", "predict", "train"]
