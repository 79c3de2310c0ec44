"""How many requests the coming weeks will bring, by niche and market, for admins who plan (SPEC 10)."""

from ml.trend.evaluate import evaluate
from ml.trend.market import MarketOutlook, outlook
from ml.trend.predict import Outlook, predict
from ml.trend.train import Trend, train

__all__ = ["MarketOutlook", "Outlook", "Trend", "evaluate", "outlook", "predict", "train"]
