"""Reporting a bad lead: once, in time, within the day's limit; taking it back; one appeal (SPEC 7.3)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import ops, returns
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.providers import ProviderNotActive
from tests.core.returns.court import ADMIN, ANALYST, MEMO, Court, assert_whole, history

DAY = timedelta(days=1)
WORDS = "Nobody by that name lives there."


def test_a_report_stands_with_its_clock_its_words_and_a_receipt(court: Court) -> None:
    sale = court.sold()[0]
    claim = court.report(court.ann, sale, "invalid_contact", f"  {WORDS} ")
    assert (claim.status, claim.reason, claim.lead_id) == ("pending", "invalid_contact", sale.lead_id)
    assert claim.due_at == court.now + timedelta(hours=48)
    mine = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    assert [(step.event, step.words, step.by_us) for step in mine.steps] == [("reported", WORDS, False)]
    (mail,) = court.mails("bad_lead_received")
    assert mail.payload["provider_id"] == str(court.ann.provider_id)
    assert mail.payload["context"]["reason"] == "invalid contact"
    assert mail.payload["context"]["deadline"] == "6 November 2026, 10:00 PST"
    assert court.trail(claim.id) == ["claim.reported"]
    assert court.balance(court.ann) == 100_000 - 2500, "a report moves no money"


def test_a_repetition_finds_the_report_that_stands(court: Court) -> None:
    sale = court.sold()[0]
    first = returns.report(court.session, actor=court.ann, assignment_id=sale.id, reason="spam", now=court.now)
    again = returns.report(court.session, actor=court.ann, assignment_id=sale.id, reason="duplicate", now=court.now + DAY)
    assert (first.new, again.new, again.claim.id, again.claim.reason) == (True, False, first.claim.id, "spam")
    returns.reject(court.session, actor=ADMIN, claim_id=first.claim.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.ReportedBefore, match="appeal once"):
        court.report(court.ann, sale)
    returns.appeal(court.session, actor=court.ann, claim_id=first.claim.id, notes=WORDS, now=court.now)
    assert court.report(court.ann, sale).id == first.claim.id
    returns.approve(court.session, actor=ADMIN, claim_id=first.claim.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.ReportedBefore, match="credited already"):
        court.report(court.ann, sale)


def test_fourteen_days_and_not_one_second_more(court: Court) -> None:
    last, late = court.sold()[0], court.sold()[0]
    court.report(court.ann, last, now=court.now + 14 * DAY)
    with pytest.raises(returns.ReportTooLate, match="14 days"):
        court.report(court.ann, late, now=court.now + 14 * DAY + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("reason", "notes"),
    [("other", ""), ("other", "too short"), ("other", "x" * 501), ("spam", "x" * 501), ("boredom", WORDS), ("", WORDS)],
)
def test_a_wrong_report_is_refused_by_field(court: Court, reason: str, notes: str) -> None:
    sale = court.sold()[0]
    with pytest.raises(Invalid) as refused:
        court.report(court.ann, sale, reason, notes)
    assert set(refused.value.fields) <= {"reason", "notes"} and refused.value.fields
    assert returns.own_claim_on(court.session, actor=court.ann, assignment_id=sale.id, now=court.now) is None


def test_other_takes_ten_to_five_hundred_characters(court: Court) -> None:
    for notes in ("x" * 10, "x" * 500):
        assert court.report(court.ann, court.sold()[0], "other", notes).reason == "other"


def test_a_days_reports_are_five_and_free_up_one_by_one(court: Court) -> None:
    sales = [court.sold()[0] for _ in range(7)]
    for hour, sale in enumerate(sales[:5]):
        court.report(court.ann, sale, now=court.now + timedelta(hours=hour))
    with pytest.raises(returns.ReportLimit) as refused:
        court.report(court.ann, sales[5], now=court.now + timedelta(hours=5))
    assert refused.value.frees_at == court.now + DAY
    assert refused.value.retry_after_s == 19 * 3600
    assert "18:00 UTC on 5 November" in refused.value.message
    court.report(court.bob, court.sold()[1], now=court.now + timedelta(hours=5))  # a limit of each company's own
    court.report(court.ann, sales[5], now=court.now + DAY)
    with pytest.raises(returns.ReportLimit):
        court.report(court.ann, sales[6], now=court.now + DAY + timedelta(minutes=59))


def test_or_a_tenth_of_the_last_weeks_leads(court: Court) -> None:
    ops.set_threshold(court.session, actor=ADMIN, key="claims_per_day", value=1, now=court.now)
    sales = [court.sold(now=court.now - 6 * DAY)[0] for _ in range(20)]
    court.sold(now=court.now - 8 * DAY)
    for sale in sales[:2]:
        court.report(court.ann, sale)
    with pytest.raises(returns.ReportLimit, match="2 reports"):
        court.report(court.ann, sales[2])


def test_a_limit_of_none_at_all(court: Court) -> None:
    ops.set_threshold(court.session, actor=ADMIN, key="claims_per_day", value=0, now=court.now)
    ops.set_threshold(court.session, actor=ADMIN, key="claims_share_percent", value=0, now=court.now)
    with pytest.raises(returns.ReportLimit):
        court.report(court.ann, court.sold()[0])


def test_other_companies_leads_and_reports_do_not_exist(court: Court) -> None:
    mine, theirs = court.sold()
    with pytest.raises(returns.LeadNotHeld):
        court.report(court.ann, theirs)
    claim = court.report(court.ann, mine)
    for verb in (returns.withdraw, returns.own_claim):
        with pytest.raises(returns.ClaimNotFound):
            verb(court.session, actor=court.bob, claim_id=claim.id, now=court.now)
    with pytest.raises(returns.ClaimNotFound):
        returns.appeal(court.session, actor=court.bob, claim_id=claim.id, notes=WORDS, now=court.now)
    assert returns.own_claims(court.session, actor=court.bob, now=court.now) == []
    assert returns.own_claim_on(court.session, actor=court.bob, assignment_id=mine.id, now=court.now) is None
    with pytest.raises(returns.ClaimNotFound):
        returns.own_claim(court.session, actor=court.ann, claim_id=uuid7(), now=court.now)


def test_only_providers_report_and_only_active_ones(court: Court) -> None:
    sale = court.sold()[0]
    for actor in (ADMIN, ANALYST):
        with pytest.raises(Forbidden):
            court.report(actor, sale)
    court.session.execute(text("update provider set status = 'suspended' where id = :p"), {"p": court.ann.provider_id})
    with pytest.raises(ProviderNotActive):
        court.report(court.ann, sale)


def test_a_report_can_be_taken_back_while_it_waits(court: Court) -> None:
    claim, answered = court.claim(), court.claim()
    assert returns.withdraw(court.session, actor=court.ann, claim_id=claim.id, now=court.now).status == "withdrawn"
    assert history(court.session, claim.id) == ["reported", "withdrawn"]
    for verb in (returns.approve, returns.reject):
        with pytest.raises(returns.ClaimDecided, match="withdrawn"):
            verb(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.ClaimDecided):
        returns.withdraw(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    returns.reject(court.session, actor=ADMIN, claim_id=answered.id, memo=MEMO, now=court.now)
    with pytest.raises(returns.ClaimDecided, match="rejected"):
        returns.withdraw(court.session, actor=court.ann, claim_id=answered.id, now=court.now)


def test_one_appeal_in_time_starts_the_clock_anew(court: Court) -> None:
    claim, late = court.claim(), court.claim()
    with pytest.raises(returns.NoAppeal, match="pending"):
        returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes=WORDS, now=court.now)
    for one in (claim, late):
        returns.reject(court.session, actor=ADMIN, claim_id=one.id, memo=MEMO, now=court.now)
    seen = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=court.now)
    assert seen.appeal_until == court.now + 14 * DAY
    with pytest.raises(Invalid):
        returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes="no", now=court.now)
    with pytest.raises(returns.NoAppeal, match="14 days"):
        returns.appeal(court.session, actor=court.ann, claim_id=late.id, notes=WORDS, now=court.now + 15 * DAY)
    later = court.now + 3 * DAY
    appealed = returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes=WORDS, now=later)
    assert (appealed.status, appealed.due_at, appealed.decided_at) == ("appealed", later + 2 * DAY, None)
    with pytest.raises(returns.ClaimDecided):
        returns.withdraw(court.session, actor=court.ann, claim_id=claim.id, now=later)
    returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=later)
    with pytest.raises(returns.NoAppeal, match="final"):
        returns.appeal(court.session, actor=court.ann, claim_id=claim.id, notes=WORDS, now=later)
    assert history(court.session, claim.id) == ["reported", "rejected", "appealed", "rejected"]
    assert court.mails("bad_lead_rejected")[0].payload["context"]["appeal_until"] == "18 November 2026"
    assert court.mails("bad_lead_rejected")[-1].payload["context"]["appeal_until"] == ""
    assert returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=later).appeal_until is None
    assert_whole(court.session)


def test_ones_own_reports_come_in_pages_newest_first(court: Court) -> None:
    claims = [court.claim() for _ in range(5)]
    first = returns.own_claims(court.session, actor=court.ann, limit=3, now=court.now)
    rest = returns.own_claims(court.session, actor=court.ann, limit=3, before_id=first[-1].id, now=court.now)
    assert [row.id for row in (*first, *rest)] == [claim.id for claim in reversed(claims)]
    returns.withdraw(court.session, actor=court.ann, claim_id=claims[0].id, now=court.now)
    assert [c.id for c in returns.own_claims(court.session, actor=court.ann, status="withdrawn", now=court.now)] == [claims[0].id]
    assert len(returns.own_claims(court.session, actor=court.ann, status="open", now=court.now)) == 4
    with pytest.raises(returns.ClaimInvalid):
        returns.own_claims(court.session, actor=court.ann, status="lost' or 'a'='a", now=court.now)


def test_words_go_when_the_person_is_erased_and_nothing_else_does(court: Court) -> None:
    claim = court.claim(notes="Pat Example at 702-555-0142 says no")
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo="Called 702-555-0142: never asked", now=court.now)
    memos = court.session.scalars(text("select memo from audit_entry where memo is not null")).all()
    assert memos and all("555-0142" not in memo for memo in memos)
    returns.forget_words(court.session, lead_id=claim.lead_id)
    assert set(court.session.scalars(text("select words from claim_event union select memo from refund"))) == {""}
    assert_whole(court.session)
