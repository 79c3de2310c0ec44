"""Every company that holds a lead is told when its consumer takes the consent back (SPEC 2.5, 11.2)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inbox, leads
from core.inventory import Assignment
from core.kit.actor import SYSTEM
from tests.core.inbox.conftest import World, contact_of

Sell = Callable[..., Assignment]


def test_each_holder_is_asked_to_stop_once(session: Session, now: datetime, world: World, sell: Sell) -> None:
    held = sell(world.ann, world.bob)
    sell(world.bob)
    leads.revoke_consent(session, actor=SYSTEM, lead_id=held.lead_id, now=now)
    leads.revoke_consent(session, actor=SYSTEM, lead_id=held.lead_id, now=now)
    asked = session.execute(text("select payload from outbox where kind = 'consent.revoked'")).scalars().all()
    assert asked == [{"lead_id": str(held.lead_id), "at": now.isoformat()}]
    for _ in range(2):
        assert inbox.tell_holders(session, lead_id=held.lead_id, at=now, now=now) == 2
    mails = session.execute(text("select payload from outbox where kind = 'email' order by id")).scalars().all()
    assert {mail["provider_id"] for mail in mails} == {str(world.ann.provider.id), str(world.bob.provider.id)}
    context = mails[0]["context"]
    assert context["niche"] == "Roofing" and context["when"] == "4 November 2026, 10:00 PST" and str(held.id) in context["link"]
    contact = contact_of(session, held)
    assert contact.email not in str(mails) and contact.full_name not in str(mails)


def test_a_lead_that_nobody_bought_tells_nobody(session: Session, now: datetime, world: World, sell: Sell) -> None:
    held = sell(world.ann)
    other = sell(world.bob)
    assert inbox.tell_holders(session, lead_id=held.lead_id, at=now, now=now) == 1
    assert str(other.id) not in session.execute(text("select string_agg(payload::text, '') from outbox")).scalar_one()
