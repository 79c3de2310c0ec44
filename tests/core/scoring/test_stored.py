"""Scores are kept with their version; the newest one counts."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.scoring import Signals, fraud, latest, quality, store
from tests.builders import a_lead, a_market, a_niche


def test_the_newest_score_of_each_kind_is_read(session: Session, now: datetime) -> None:
    lead = a_lead(session, now, a_niche(session, now), a_market(session, now))
    assert latest(session, lead.id) == {}
    first, second = fraud(Signals()), fraud(Signals(fake_phone=True))
    store(session, lead_id=lead.id, kind="fraud", scored=first, now=now)
    store(session, lead_id=lead.id, kind="quality", scored=quality(Signals()), now=now)
    store(session, lead_id=lead.id, kind="fraud", scored=second, now=now + timedelta(minutes=1))
    found = latest(session, lead.id)
    assert found["fraud"].value == second.value and found["fraud"].reasons == second.reasons
    assert found["fraud"].computed_at == now + timedelta(minutes=1) and found["fraud"].version == "rules-1"
    assert found["quality"].value == quality(Signals()).value
