"""The coming weeks of the exchange: from its own whole weeks, with a range, and nothing claimed from too few."""

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core import reports
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from ml import trend
from ml.trend import MarketOutlook, outlook
from tests import builders


def asked(session: Session, now: datetime, niche: UUID) -> MarketOutlook:
    return outlook(session, actor=SYSTEM, scope=reports.scope_of(session, niche_id=niche, now=now), now=now)


def weekly(session: Session, now: datetime, counts: list[int]) -> UUID:
    """A niche that had so many requests in each of the weeks before this one."""
    niche, market = builders.a_niche(session, now), builders.a_market(session, now)
    monday = now - timedelta(days=now.weekday())
    for back, count in enumerate(reversed(counts), start=1):
        for n in range(count):
            builders.a_lead(session, monday - timedelta(weeks=back) + timedelta(days=n % 5), niche, market)
    return niche.id


def test_four_weeks_ahead_with_a_range(session: Session, now: datetime) -> None:
    counts = [4, 5, 4, 6, 5, 6, 7, 6, 7, 8, 7, 9]
    found = asked(session, now, weekly(session, now, counts))
    assert [count for _, count in found.weeks] == counts
    assert [(week - found.weeks[-1][0]).days for week, _ in found.ahead] == [7, 14, 21, 28]
    assert all(0 <= each.low < each.expected < each.high for _, each in found.ahead)
    assert 4 < found.ahead[0][1].expected < 14 and set(found.missed) == {"model", "rule"}


def test_too_few_weeks_promise_nothing(session: Session, now: datetime) -> None:
    assert asked(session, now, weekly(session, now, [3, 2, 4])).ahead == ()
    assert asked(session, now, builders.a_niche(session, now).id).weeks == ()
    with pytest.raises(Forbidden):
        outlook(session, actor=Actor(uuid7(), "provider"), scope=reports.scope_of(session, now=now), now=now)


def test_the_range_holds_about_four_times_in_five() -> None:
    rng, held, told = np.random.default_rng(7), 0, 0
    for _ in range(60):
        weeks = rng.poisson(30.0, 44).astype(float)
        for each, real in zip(trend.predict(trend.train(weeks[:40])), weeks[40:], strict=True):
            held += each.low <= real <= each.high
            told += 1
    assert 0.7 < held / told < 0.9
