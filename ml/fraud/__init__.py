"""How likely a lead is a fraud, learned from reports that were upheld (SPEC 10.2)."""

from ml.fraud.evaluate import evaluate
from ml.fraud.features import KIND, features
from ml.fraud.predict import predict
from ml.fraud.train import train

__all__ = ["KIND", "evaluate", "features", "predict", "train"]
