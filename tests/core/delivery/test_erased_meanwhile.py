"""Somebody is erased while a company's program is being told of them: its answer is not kept (SPEC 13.6)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery
from tests.core.delivery.conftest import Company, sold
from tests.receiver import Receiver, says


def test_what_a_receiver_says_of_somebody_who_was_erased_meanwhile_is_not_kept(
    session: Session, now: datetime, company: Company, receiver: Receiver
) -> None:
    sold(session, now, company.world, company.buyer)
    receiver.will(says(200, b'{"created": "Quillon Xanthakis"}'))
    errand = delivery.begin(session, endpoint_id=company.endpoint, now=now)
    sent = delivery.send_all(errand, now)
    session.execute(text("update lead set status = 'erased', updated_at = :now"), {"now": now})
    delivery.conclude(session, endpoint_id=company.endpoint, errand=errand, sent=sent, now=now)
    kept = session.execute(text("select status, problem, answer from webhook_attempt")).one()
    assert tuple(kept) == (200, None, "")
