"""A webhook is switched off or removed while it is called: nobody is told that it failed (SPEC 7.7)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import delivery
from tests.core.delivery.conftest import Company, Round, sold
from tests.receiver import Receiver


@pytest.mark.parametrize("act", ["switch_off", "remove"])
def test_one_that_is_given_up_while_it_is_called_is_told_to_nobody(
    session: Session, now: datetime, company: Company, receiver: Receiver, calls: Round, act: str
) -> None:
    sold(session, now, company.world, company.buyer)
    last = now + timedelta(hours=71, minutes=30)
    for moment in (now, last):
        receiver.will(503)
        calls(moment)
    receiver.will(503)
    over = last + timedelta(hours=1)
    errand = delivery.begin(session, endpoint_id=company.endpoint, now=over)
    sent = delivery.send_all(errand, over)
    assert [one.status for one in sent] == [503]
    asked = {"actor": company.owner, "endpoint_id": company.endpoint, "now": over}
    if act == "remove":
        delivery.remove_endpoint(session, **asked)
    else:
        delivery.switch_endpoint(session, **asked, active=False)
    delivery.conclude(session, endpoint_id=company.endpoint, errand=errand, sent=sent, now=over)
    mails = session.execute(text("select payload ->> 'template' from outbox where kind = 'email'")).scalars().all()
    assert "webhook_disabled" not in mails
    row = session.execute(text("select stopped_reason, busy_until, failures from webhook_endpoint")).one()
    assert (row.stopped_reason, row.busy_until) == (None, None) and (act == "remove" or row.failures == 0)
    tried = session.execute(text("select count(*) from webhook_attempt")).scalar_one()
    assert tried == 3, "what was answered is in the log all the same"
