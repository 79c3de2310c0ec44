"""The exchange's own weeks, and what the coming ones will bring: for the page where admins and analysts plan (SPEC 10)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import Actor
from core.reports import Scope
from ml.trend.evaluate import AHEAD, evaluate
from ml.trend.predict import Outlook, predict
from ml.trend.train import LEAST_WEEKS, train

HISTORY = timedelta(weeks=78)
WEEK = timedelta(weeks=1)
LEAST_TO_JUDGE = LEAST_WEEKS + AHEAD


@dataclass(frozen=True, slots=True)
class MarketOutlook:
    """Requests by week (its Monday), whole weeks only, and the weeks ahead with their range, the nearest first.

    ``missed`` says by which share the forecasts of the past weeks missed, by model and by rule; empty while few are known.
    """

    weeks: tuple[tuple[date, int], ...]
    ahead: tuple[tuple[date, Outlook], ...]
    missed: dict[str, float]


def outlook(session: Session, *, actor: Actor, scope: Scope, now: datetime) -> MarketOutlook:
    """Learned from the last 78 whole weeks of the scope's market and niche; staff only. No forecast before six weeks."""
    monday = scope.until - timedelta(days=scope.until.weekday())
    wide = Scope(monday - HISTORY, monday - timedelta(days=1), scope.market_id, scope.niche_id, scope.timezone)
    points = reports.funnel(session, actor=actor, scope=wide, step="week", now=now).value.points
    counts = {_day(point.at): point.submitted for point in points}
    began = min((day for day, count in counts.items() if count), default=monday)  # before it there was nobody to ask
    every = (began + n * WEEK for n in range((monday - began) // WEEK))
    weeks = tuple((day, counts.get(day, 0)) for day in every)
    if len(weeks) < LEAST_WEEKS:
        return MarketOutlook(weeks, (), {})
    series = np.array([float(count) for _, count in weeks])
    ahead = tuple((monday + n * WEEK, each) for n, each in enumerate(predict(train(series), weeks=AHEAD)))
    missed = evaluate([series], start=LEAST_WEEKS) if len(weeks) >= LEAST_TO_JUDGE else {}
    return MarketOutlook(weeks, ahead, missed)


def _day(at: datetime | date) -> date:
    return at.date() if isinstance(at, datetime) else at
