"""What a clock that was ahead has put off is told when it is right again, and nothing else is hurried (docs/adr/0033)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import delivery
from tests.core.delivery.conftest import Company, Round, sold
from tests.receiver import Receiver


def test_what_a_clock_that_was_ahead_put_off_is_told_when_it_is_right_again(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    ahead = now + timedelta(hours=3)
    sold(session, now, company.world, company.buyer)
    receiver.will(503)
    assert [one.status for one in calls(ahead)] == [503], "left alone, by the clock of then"
    sold(session, ahead, company.world, company.buyer)
    assert calls(now) == [] and delivery.sweep(session, now=now) == 1
    assert [one.status for one in calls(now)] == [200, 200]
    sold(session, now, company.world, company.buyer)
    assert delivery.begin(session, endpoint_id=company.endpoint, now=ahead), "and its job died"
    assert delivery.sweep(session, now=now) == 0 and calls(now) == []
    assert [one.status for one in calls(now + timedelta(seconds=61))] == [200]


def test_a_receiver_that_failed_just_now_is_not_called_back(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round
) -> None:
    sold(session, now, company.world, company.buyer)
    receiver.will(503)
    calls(now)
    assert delivery.sweep(session, now=now + timedelta(seconds=1)) == 0 and calls(now + timedelta(seconds=1)) == []
