"""Answers to reports: the money back once, or a reason; many at once; refunds without a report (SPEC 7.4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core import returns
from core.kit import crypto
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.ledger import Transfer
from core.providers import Subscription
from tests.core.returns.court import ADMIN, ANALYST, MEMO, Court, a_court, assert_whole, history


def test_an_upheld_report_pays_the_whole_price_back(court: Court) -> None:
    claim = court.claim()
    before = court.balance(court.ann)
    done = returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now + timedelta(hours=1))
    assert (done.status, done.resolution, done.decided_by) == ("approved", "refund", ADMIN.user_id)
    assert court.balance(court.ann) == before + 2500 == 100_000
    moved = court.session.query(Transfer).filter_by(kind="refund").one()
    assert (moved.reference_id, moved.idempotency_key) == (claim.assignment_id, f"refund:{claim.assignment_id}")
    assert MEMO not in (moved.memo or ""), "the books can't be erased, so nobody's own words stand in them"
    seen = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    assert (seen.refunded_at, seen.steps[-1].words, seen.steps[-1].by_us) == (done.decided_at, MEMO, True)
    (mail,) = court.mails("bad_lead_approved")
    assert (mail.payload["context"]["amount"], mail.payload["context"]["balance"]) == ("$25.00", "$1,000.00")
    assert crypto.unseal(mail.sealed, purpose="outbox") == {"note": MEMO} and MEMO not in str(mail.payload)
    assert court.trail(claim.id) == ["claim.reported", "claim.approved"]
    assert "assignment.refunded" in court.trail(claim.assignment_id)
    assert_whole(court.session)


def test_a_rejected_report_moves_nothing_and_says_why(court: Court) -> None:
    claim = court.claim()
    before = court.balance(court.ann)
    done = returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    assert (done.status, done.resolution, court.balance(court.ann)) == ("rejected", None, before)
    (mail,) = court.mails("bad_lead_rejected")
    assert crypto.unseal(mail.sealed, purpose="outbox") == {"reason": MEMO}
    assert_whole(court.session)


def test_an_answer_is_given_once(court: Court) -> None:
    claim = court.claim()
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    for verb in (returns.approve, returns.reject):
        with pytest.raises(returns.ClaimDecided, match="approved already"):
            verb(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.RefundedAlready):
        returns.refund(court.session, actor=ADMIN, assignment_id=claim.assignment_id, memo=MEMO, now=court.now)
    assert court.refunds() == 2500


@pytest.mark.parametrize("memo", ["", "too short", " " * 20, "x" * 1001])
def test_a_memo_has_ten_to_a_thousand_characters(court: Court, memo: str) -> None:
    claim = court.claim()
    sale = court.sold()[1]
    for act in (
        lambda: returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=memo, now=court.now),
        lambda: returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=memo, now=court.now),
        lambda: returns.class_credit(court.session, actor=ADMIN, lead_id=claim.lead_id, memo=memo, now=court.now),
        lambda: returns.refund(court.session, actor=ADMIN, assignment_id=sale.id, memo=memo, now=court.now),
        lambda: returns.bulk(court.session, actor=ADMIN, verb="approve", claim_ids=[claim.id], memo=memo, now=court.now),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert set(refused.value.fields) == {"memo"}
    assert (court.refunds(), history(court.session, claim.id)) == (0, ["reported"])


def test_only_admins_decide(court: Court) -> None:
    claim = court.claim()
    for actor in (ANALYST, court.ann):
        for verb in (returns.approve, returns.reject):
            with pytest.raises(Forbidden):
                verb(court.session, actor=actor, claim_id=claim.id, memo=MEMO, now=court.now)
        with pytest.raises(Forbidden):
            returns.class_credit(court.session, actor=actor, lead_id=claim.lead_id, memo=MEMO, now=court.now)
        with pytest.raises(Forbidden):
            returns.refund(court.session, actor=actor, assignment_id=claim.assignment_id, memo=MEMO, now=court.now)
        with pytest.raises(Forbidden):
            returns.bulk(court.session, actor=actor, verb="approve", claim_ids=[claim.id], memo=MEMO, now=court.now)
    with pytest.raises(returns.ClaimNotFound):
        returns.approve(court.session, actor=ADMIN, claim_id=uuid7(), memo=MEMO, now=court.now)


def test_a_free_lead_is_given_back_without_a_transfer(session: Session, now: datetime) -> None:
    court = a_court(session, now, price_cents=0)
    claim = court.claim()
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    seen = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    assert (seen.status, seen.refunded_at, court.refunds()) == ("approved", court.now, 0)
    assert_whole(court.session)


def test_a_refund_wakes_the_subscription_it_can_pay(court: Court) -> None:
    poor = court.buyer(balance_cents=2500)
    sale = court.sold()[2]
    query = court.session.query(Subscription).filter_by(provider_id=poor.provider_id)
    assert (query.populate_existing().one().status, court.balance(poor)) == ("inactive", 0)
    claim = court.report(poor, sale)
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    assert query.populate_existing().one().status == "active"


def test_a_refund_without_a_report(court: Court) -> None:
    sale, reported = court.sold()[0], court.claim()
    paid = returns.refund(court.session, actor=ADMIN, assignment_id=sale.id, memo=MEMO, now=court.now)
    assert (paid.amount_cents, paid.cause, paid.claim_id) == (2500, "manual", None)
    (mail,) = court.mails("refund")
    assert mail.payload["provider_id"] == str(court.ann.provider_id)
    with pytest.raises(returns.RefundedAlready):
        returns.refund(court.session, actor=ADMIN, assignment_id=sale.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.RefundedAlready):
        court.report(court.ann, sale)
    with pytest.raises(returns.ReportOpen):
        returns.refund(court.session, actor=ADMIN, assignment_id=reported.assignment_id, memo=MEMO, now=court.now)
    with pytest.raises(returns.LeadNotHeld):
        returns.refund(court.session, actor=ADMIN, assignment_id=uuid7(), memo=MEMO, now=court.now)
    assert court.refunds() == 2500
    assert_whole(court.session)


def test_a_rejected_report_may_still_be_refunded_and_is_then_not_appealed(court: Court) -> None:
    claim = court.claim()
    returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    returns.refund(court.session, actor=ADMIN, assignment_id=claim.assignment_id, memo=MEMO, now=court.now)
    with pytest.raises(returns.RefundedAlready):
        returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes=MEMO, now=court.now)
    assert_whole(court.session)


def test_many_answers_each_with_its_result(court: Court) -> None:
    claims = [court.claim() for _ in range(4)]
    returns.withdraw(court.session, actor=court.ann, claim_id=claims[1].id, now=court.now)
    wanted = [claims[3].id, claims[1].id, claims[0].id, uuid7(), claims[3].id]
    results = returns.bulk(court.session, actor=ADMIN, verb="approve", claim_ids=wanted, memo=MEMO, now=court.now)
    assert [(result.claim_id, result.ok) for result in results] == list(zip(wanted, (True, False, True, False), strict=False))
    assert "withdrawn" in results[1].message and "no such report" in results[3].message
    rejected = returns.bulk(court.session, actor=ADMIN, verb="reject", claim_ids=[claims[2].id], memo=MEMO, now=court.now)
    assert rejected[0].ok and court.refunds() == 5000
    with pytest.raises(returns.TooManyClaims, match="50"):
        returns.bulk(court.session, actor=ADMIN, verb="reject", claim_ids=[uuid7() for _ in range(51)], memo=MEMO, now=court.now)
    assert_whole(court.session)
