"""Suggest prices for listings by the price model in force; without one, or when it fails, the written rule prices (SPEC 10.1)."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import structlog
from sqlalchemy.orm import Session

from core import pricing
from core.kit import metrics
from core.pricing import Estimate, Line
from ml.price import FACTS, Facts, predict
from ml.serving import Serving, serving

AT_ONCE = 200
LABELS: Mapping[str, str] = {
    "typical": "What earns most for a typical fresh lead",
    "quality": "Quality",
    "age_h": "Age",
    "slots_sold": "Others have it",
    "demand": "Demand here in the last week",
    "season": "Season",
}
_log = structlog.get_logger(__name__)


def estimate_due(session: Session, *, now: datetime, by: Serving = serving) -> int:
    """Suggest prices for open listings that lack a fresh suggestion, 200 at most, and price those by it; returns how many."""
    found = by.model(session, "price")
    if found is None:
        return 0
    version, curve = found
    due = pricing.facts(session, pricing.in_want(session, most=AT_ONCE, now=now), now=now)
    if not due:
        return 0
    try:
        suggestions = predict(curve, matrix_of(due))
    except Exception as error:  # a broken model must not stop pricing: the written rule prices these
        metrics.MODEL_FALLBACKS.labels("price", "answer").inc()
        _log.warning("model_fallback", model=version.name, step="answer", error=type(error).__name__)
        return 0
    told = [
        Estimate(each.lead_id, tuple(Line(key, LABELS[key], cents) for key, cents in suggestion.parts), version.name)
        for each, suggestion in zip(due, suggestions, strict=True)
    ]
    pricing.suggest(session, told, now=now)
    pricing.reprice(session, [each.lead_id for each in told], now=now)
    return len(told)


def matrix_of(listings: list[pricing.Facts]) -> Facts:
    """Facts of listings as the price model reads them."""
    values = [[50.0 if (value := getattr(each.known, name)) is None else float(value) for name in FACTS] for each in listings]
    return Facts(np.array([float(each.known.going_rate_cents) for each in listings]), np.array(values))
