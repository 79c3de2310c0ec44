"""Reports of bad leads over time, against a few whose story is known (SPEC 7.4, 12.1)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core import reports, returns
from core.reports import Scope
from tests.core.returns.court import ADMIN, MEMO, Court, a_court

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORDS = "Nobody by that name lives there."


@pytest.fixture
def court(session: Session, now: datetime) -> Court:
    """One taken back, one rejected and upheld after an appeal ten days later, one that nobody answers."""
    court = a_court(session, now)
    taken_back, appealed, _ = (court.claim() for _ in range(3))
    returns.withdraw(session, actor=court.ann, claim_id=taken_back.id, now=now + HOUR)
    returns.reject(session, actor=ADMIN, claim_id=appealed.id, memo=MEMO, now=now + HOUR)
    returns.appeal(session, actor=court.ann, claim_id=appealed.id, notes=WORDS, now=now + 10 * DAY)
    returns.approve(session, actor=ADMIN, claim_id=appealed.id, memo=MEMO, now=now + 10 * DAY + 2 * HOUR)
    return court


def told(court: Court, at: datetime) -> reports.ClaimsReport:
    scope = Scope(court.now.date(), court.now.date())
    return reports.claims(court.session, actor=ADMIN, scope=scope, now=at, refresh=True).value


def test_what_was_taken_back_is_never_late(court: Court) -> None:
    assert told(court, court.now + 3 * DAY).late == 1, "the one that nobody has answered"
    assert told(court, court.now + 1 * DAY).late == 0


def test_an_appeal_s_answer_is_timed_from_the_appeal(court: Court) -> None:
    found, queue = told(court, court.now + 11 * DAY), returns.metrics(court.session, actor=ADMIN, now=court.now + 11 * DAY)
    assert found.answer_p50_s == found.answer_p95_s == queue.mean_answer_s == 2 * 3600
    assert (found.reported, found.approval_rate, found.refunded_cents) == (3, 1.0, {})
