"""How far a listing's price may be from what it was a day ago (SPEC 10.1)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import pricing
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import SYSTEM_USER_ID
from tests.builders import a_lead
from tests.core.pricing.test_trials import listed, place


def priced(session: Session, lead: UUID, at: datetime) -> int:
    pricing.reprice(session, [lead], now=at)
    cents: int = session.execute(text("select price_cents from listing where lead_id = :l"), {"l": lead}).scalar_one()
    return cents


def test_a_lead_that_waits_has_the_price_that_its_listing_would_open_at(session: Session, now: datetime) -> None:
    where = place(session, now)
    lead = listed(session, now, where)
    cents = priced(session, lead, now)
    waiting = a_lead(session, now, *where, status="pending_approval", quality=50).id
    analyst = Actor(SYSTEM_USER_ID, "analyst")
    of_listed, of_waiting = (pricing.suggested_price(session, actor=analyst, lead_id=each, now=now) for each in (lead, waiting))
    assert of_listed.cents == cents and sum(line.cents for line in of_waiting.lines) == of_waiting.cents > 0
    with pytest.raises(Forbidden):
        pricing.suggested_price(session, actor=Actor(SYSTEM_USER_ID, "provider"), lead_id=lead, now=now)


@pytest.mark.parametrize("stood", [timedelta(hours=3), timedelta(days=3)])
def test_a_price_moves_no_further_in_a_day_however_long_it_stood(session: Session, now: datetime, stood: timedelta) -> None:
    lead = listed(session, now, place(session, now))
    first = priced(session, lead, now)
    session.execute(text("update competition_level set price_cents = 2 * price_cents"))
    changed = now + stood
    second = priced(session, lead, changed)
    assert first < second <= first * 125 // 100
    if stood > timedelta(days=1):
        later = [priced(session, lead, changed + timedelta(hours=hours)) for hours in (1, 12, 23)]
        assert max(later) <= first * 125 // 100, "a day ago it was still the first price"
        assert second < priced(session, lead, changed + timedelta(hours=25)) <= second * 125 // 100
