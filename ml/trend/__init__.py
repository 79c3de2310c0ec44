"""How many requests the coming weeks will bring, by niche and market, for admins who plan (SPEC 10)."""

from ml.trend.evaluate import evaluate
from ml.trend.predict import Outlook, predict
from ml.trend.train import Trend, train

__all__ = ["Outlook", "Trend", "evaluate", "predict", "train"]
