"""Ends and pauses: withdrawal by admin or submitter, quarantine, revocation, expiry (SPEC 2.5, 2.7)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from tests.builders import a_lead
from tests.core.leads.world import NOBODY, VISITOR, World, a_request, actions, confirmed, status, submitted
from tests.queued import mails


def test_the_submitter_withdraws_by_the_signed_link(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    code = leads.my_request_code(lead_id)
    assert leads.standing(session, code=code).may_withdraw
    leads.withdraw(session, actor=VISITOR, lead_id=lead_id, code=code, now=now)
    assert status(session, lead_id) == "withdrawn"
    standing = leads.standing(session, code=code)
    assert (standing.status, standing.may_withdraw, standing.consent_live) == ("withdrawn", False, True)


def test_another_leads_link_opens_nothing(session: Session, now: datetime, world: World) -> None:
    mine, other = (confirmed(session, now, world.niche, n) for n in (1, 2))
    for code in (leads.my_request_code(mine), None):
        with pytest.raises(Forbidden):
            leads.withdraw(session, actor=VISITOR, lead_id=other, code=code, now=now)
        with pytest.raises(Forbidden):
            leads.revoke_consent(session, actor=VISITOR, lead_id=other, code=code, now=now)
    for code in ("", "x", f"{other}.x", f"{other}.{leads.my_request_code(mine).split('.')[1]}", "🏠.🏠"):
        with pytest.raises(leads.LinkUnknown):
            leads.withdraw(session, actor=VISITOR, lead_id=other, code=code, now=now)
    assert status(session, other) == "pending_approval"


def test_providers_and_analysts_end_nothing(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    for actor in (world.analyst, Actor(NOBODY, "provider", provider_id=NOBODY)):
        for verb in (leads.withdraw, leads.quarantine, leads.release, leads.revoke_consent):
            more = {"reason": "x"} if verb is leads.quarantine else {}
            with pytest.raises(Forbidden):
                verb(session, actor=actor, lead_id=lead_id, now=now, **more)  # type: ignore[operator]


def test_revocation_is_an_event_and_stops_the_lead(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.approve(session, actor=world.admin, lead_id=lead_id, now=now)
    code = leads.my_request_code(lead_id)
    for _ in range(2):  # the second time changes nothing
        leads.revoke_consent(session, actor=VISITOR, lead_id=lead_id, code=code, now=now)
    events = session.execute(
        text("select event, wording, host(ip) from consent_event where lead_id = :id order by id"), {"id": lead_id}
    ).all()
    assert [event.event for event in events] == ["given", "revoked"] and events[0].wording == events[1].wording
    assert events[1].host == VISITOR.ip and not leads.standing(session, code=code).consent_live
    assert actions(session, lead_id)[-2:] == ["lead.consent_revoked", "lead.withdrawn"]
    with pytest.raises(leads.NotForSale):
        leads.check_may_be_sold(session, lead_id, now=now)


def test_revocation_after_the_end_still_counts(session: Session, now: datetime, world: World) -> None:
    lead = a_lead(session, now, world.niche, world.market, status="rejected")
    leads.revoke_consent(session, actor=world.admin, lead_id=lead.id, now=now)
    assert status(session, lead.id) == "rejected" and actions(session, lead.id) == ["lead.consent_revoked"]


def test_a_wish_not_to_be_sold_is_noted_and_ends_the_lead(session: Session, now: datetime, world: World) -> None:
    waiting, over = confirmed(session, now, world.niche), a_lead(session, now, world.niche, world.market, status="rejected").id
    with pytest.raises(Forbidden):
        leads.do_not_sell(session, actor=world.analyst, lead_id=waiting, reason="By telephone", now=now)
    with pytest.raises(leads.ReasonMissing):
        leads.do_not_sell(session, actor=world.admin, lead_id=waiting, reason=" ", now=now)
    for _ in range(2):  # the second time changes nothing
        for lead_id in (waiting, over):
            leads.do_not_sell(session, actor=world.admin, lead_id=lead_id, reason="By telephone", now=now)
    assert (status(session, waiting), status(session, over)) == ("withdrawn", "rejected")
    assert actions(session, waiting)[-2:] == ["lead.do_not_sell", "lead.withdrawn"]
    assert actions(session, over) == ["lead.do_not_sell"]
    with pytest.raises(leads.NotForSale, match="asked not to be sold"):
        leads.check_may_be_sold(session, waiting, now=now)


def test_quarantine_and_back(session: Session, now: datetime, world: World) -> None:
    unconfirmed, waiting = submitted(session, now, world.niche, 1), confirmed(session, now, world.niche, 2)
    for lead_id, back in ((unconfirmed, "pending_confirmation"), (waiting, "pending_approval")):
        with pytest.raises(leads.ReasonMissing):
            leads.quarantine(session, actor=world.admin, lead_id=lead_id, reason=" ", now=now)
        leads.quarantine(session, actor=world.admin, lead_id=lead_id, reason="Same text again.", now=now)
        assert status(session, lead_id) == "quarantined"
        leads.release(session, actor=world.admin, lead_id=lead_id, now=now)
        assert status(session, lead_id) == back
        assert actions(session, lead_id)[-2:] == ["lead.quarantined", "lead.released"]


def test_staff_say_why_they_withdraw_and_may_say_why_they_release(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    for reason in (None, " ", "x" * 1001):
        with pytest.raises(leads.ReasonMissing):
            leads.withdraw(session, actor=world.admin, lead_id=lead_id, reason=reason, now=now)
    leads.quarantine(session, actor=world.admin, lead_id=lead_id, reason="Odd.", now=now)
    with pytest.raises(leads.ReasonMissing):
        leads.release(session, actor=world.admin, lead_id=lead_id, reason="x" * 1001, now=now)
    leads.release(session, actor=world.admin, lead_id=lead_id, reason=" Looks right. ", now=now)
    memo = session.scalars(text("select memo from audit_entry where entity_id = :id order by id desc limit 1"), {"id": lead_id})
    assert memo.one() == "Looks right."


@pytest.mark.parametrize("old", [one for one in leads.STATUSES if one != "quarantined"])
def test_only_what_is_in_quarantine_is_released(session: Session, now: datetime, world: World, old: leads.Status) -> None:
    first = a_lead(session, now, world.niche, world.market)
    lead = a_lead(session, now, world.niche, world.market, status=old, duplicate_of=first.id, source="connector")
    with pytest.raises(leads.IllegalStep, match="can't become released"):
        leads.release(session, actor=world.admin, lead_id=lead.id, now=now)
    assert status(session, lead.id) == old and actions(session, lead.id) == []


def test_unconfirmed_requests_expire_after_seven_days(session: Session, now: datetime, world: World) -> None:
    old, young = submitted(session, now, world.niche, 1), submitted(session, now + timedelta(days=1), world.niche, 2)
    done = confirmed(session, now, world.niche, 3)
    assert leads.expire_unconfirmed(session, now=now + timedelta(days=6, hours=23)) == 0
    assert leads.expire_unconfirmed(session, now=now + timedelta(days=7)) == 1
    assert leads.expire_unconfirmed(session, now=now + timedelta(days=7)) == 0
    assert [status(session, lead_id) for lead_id in (old, young, done)] == ["expired", "pending_confirmation", "pending_approval"]
    (mail,) = mails(session, "confirmation_expired")
    assert mail["lead_id"] == str(old) and mail["context"]["link"].endswith(f"/request/{world.niche.slug}")
    assert actions(session, old) == ["lead.submitted", "lead.expired"]
    again = leads.submit(session, submission=a_request(world.niche, 1), actor=VISITOR, now=now + timedelta(days=8))
    assert again.status == "pending_confirmation", "who forgot to confirm may ask again"
