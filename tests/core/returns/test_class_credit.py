"""A lead that is bad for everybody is credited to everybody, in one transaction, and told why (SPEC 7.4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, returns
from core.kit import crypto
from core.kit.ids import uuid7
from tests.core.returns.court import ADMIN, MEMO, Court, a_court, assert_whole, history


def credit(court: Court, lead_id: object, now: datetime | None = None) -> returns.ClassCredit:
    return returns.class_credit(court.session, actor=ADMIN, lead_id=lead_id, memo=MEMO, now=now or court.now)  # type: ignore[arg-type]


def status_of(court: Court, claim: returns.Claim) -> tuple[str, str | None]:
    court.session.refresh(claim)
    return claim.status, claim.resolution


def test_everybody_who_holds_it_is_credited_and_told(session: Session, now: datetime) -> None:
    court = a_court(session, now, buyers=4)
    sales = court.sold()
    pending, rejected, withdrawn = (court.report(*pair) for pair in zip(court.buyers[:3], sales, strict=False))
    returns.reject(session, actor=ADMIN, claim_id=rejected.id, memo=MEMO, now=now)
    returns.withdraw(session, actor=court.buyers[2], claim_id=withdrawn.id, now=now)
    done = credit(court, sales[0].lead_id)
    assert set(done.provider_ids) == set(court.actors) and done.amount_cents == 4 * 2500
    assert [court.balance(actor) for actor in court.buyers] == [100_000] * 4
    assert status_of(court, pending) == status_of(court, rejected) == ("approved", "class_credit")
    assert status_of(court, withdrawn) == ("withdrawn", None)
    assert history(session, rejected.id) == ["reported", "rejected", "approved"]
    told = court.mails("class_credit")
    assert {mail.payload["provider_id"] for mail in told} == {str(provider) for provider in court.actors}
    assert crypto.unseal(told[0].sealed, purpose="outbox") == {"reason": MEMO}
    assert not court.mails("bad_lead_approved")
    assert court.world.status(session.get_one(leads.Lead, sales[0].lead_id)) == "withdrawn"
    assert "lead.class_credited" in court.trail(sales[0].lead_id)
    assert_whole(session)


def test_who_was_paid_back_before_is_left_alone(court: Court) -> None:
    first, second = court.sold()
    claim = court.report(court.ann, first)
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    done = credit(court, first.lead_id, court.now + timedelta(hours=1))
    assert done.provider_ids == (court.bob.provider_id,) and court.refunds() == 5000
    assert status_of(court, claim) == ("approved", "refund")
    with pytest.raises(returns.RefundedAlready):
        credit(court, second.lead_id)
    assert_whole(court.session)


def test_an_appeal_is_resolved_by_it_too(court: Court) -> None:
    claim = court.claim()
    returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes=MEMO, now=court.now)
    credit(court, claim.lead_id)
    assert status_of(court, claim) == ("approved", "class_credit")
    assert_whole(court.session)


def test_free_and_unsold_leads(session: Session, now: datetime) -> None:
    free = a_court(session, now, price_cents=0)
    sale = free.sold()[0]
    assert credit(free, sale.lead_id).amount_cents == 0
    unsold = free.world.lead()
    with pytest.raises(returns.RefundedAlready):
        credit(free, unsold.id)
    with pytest.raises(leads.LeadNotFound):
        credit(free, uuid7())
    assert_whole(session)


def test_a_lead_credited_to_all_is_sold_to_nobody_else(court: Court) -> None:
    sale = court.sold()[0]
    credit(court, sale.lead_id)
    late = court.buyer()
    run = court.session.execute(text("select count(*) from assignment where provider_id = :p"), {"p": late.provider_id})
    assert run.scalar_one() == 0
    lead = court.session.get_one(leads.Lead, sale.lead_id)
    with pytest.raises(leads.IllegalStep):
        leads.approve(court.session, actor=ADMIN, lead_id=lead.id, now=court.now)
