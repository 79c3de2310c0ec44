"""The admins' queue by clock, what happens when nobody answers, the figures, and whose reports stand out (SPEC 7.4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, ops, returns
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from tests.core.returns.court import ADMIN, ANALYST, MEMO, Court, assert_whole, history

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def queue(court: Court, **more: object) -> list[returns.ClaimRow]:
    return returns.list_claims(court.session, **{"actor": ADMIN, "now": court.now} | more)  # type: ignore[arg-type]


def test_the_most_urgent_comes_first_and_pages_go_on(court: Court) -> None:
    claims = [court.report(court.ann, court.sold()[0], now=court.now - hours * HOUR) for hours in (1, 3, 2, 0)]
    urgent = [claims[1].id, claims[2].id, claims[0].id, claims[3].id]
    assert [row.id for row in queue(court)] == urgent
    first = queue(court, limit=2)
    assert [row.id for row in (*first, *queue(court, limit=2, after_id=first[-1].id))] == urgent
    assert queue(court)[0].company and queue(court)[0].price_cents == 2500
    returns.reject(court.session, actor=ADMIN, claim_id=claims[1].id, memo=MEMO, now=court.now)
    assert [row.id for row in queue(court)] == urgent[1:]
    assert [row.id for row in queue(court, status="rejected")] == [claims[1].id]
    newest = queue(court, status=None, limit=3)
    assert [row.id for row in (*newest, *queue(court, status=None, after_id=newest[-1].id))] == [c.id for c in claims[::-1]]


def test_filters(court: Court) -> None:
    mine, theirs = court.sold()
    spam, other = court.report(court.ann, mine), court.report(court.bob, theirs, "invalid_contact")
    elsewhere = Court(court.session, court.now, court.world.beside())
    elsewhere.world.level(2)
    elsewhere.buyer()
    third = elsewhere.claim()
    assert {row.id for row in queue(court)} == {spam.id, other.id, third.id}
    assert [row.id for row in queue(court, reason="invalid_contact")] == [other.id]
    assert [row.id for row in queue(court, provider_id=court.ann.provider_id)] == [spam.id]
    assert [row.id for row in queue(court, niche_id=elsewhere.world.niche.id)] == [third.id]
    assert queue(court, overdue=True) == []
    assert len(queue(court, overdue=True, now=court.now + 3 * DAY)) == 3
    for wrong in ({"status": "lost"}, {"reason": "boredom"}):
        with pytest.raises(returns.ClaimInvalid):
            queue(court, **wrong)
    for actor in (court.ann, Actor(SYSTEM.user_id, "scientist")):
        with pytest.raises(Forbidden):
            queue(court, actor=actor)
    assert queue(court, actor=ANALYST)


def test_an_unanswered_report_is_escalated_once(court: Court) -> None:
    claim = court.claim()
    assert returns.escalate_overdue(court.session, now=court.now + 48 * HOUR - HOUR) == returns.Escalation(0, 0)
    late = court.now + 49 * HOUR
    assert returns.escalate_overdue(court.session, now=late) == returns.Escalation(1, 0)
    assert returns.escalate_overdue(court.session, now=late + HOUR) == returns.Escalation(0, 0)
    (mail,) = court.mails("bad_lead_escalated")
    assert (mail.payload["context"]["age"], mail.payload["context"]["amount"]) == ("49 hours", "$25.00")
    assert not {"user_id", "provider_id", "lead_id"} & set(mail.payload)
    assert history(court.session, claim.id) == ["reported", "escalated"]
    seen = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=late)
    assert [step.event for step in seen.steps] == ["reported"], "that nobody answered is not the company's business"
    returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=late)
    assert_whole(court.session)


def test_a_niche_may_credit_what_nobody_answers_but_never_an_appeal(court: Court) -> None:
    niches.edit_niche(court.session, actor=ADMIN, niche_id=court.world.niche.id, claim_auto_credit=True, now=court.now)
    claim, appealed = court.claim(), court.claim()
    returns.reject(court.session, actor=ADMIN, claim_id=appealed.id, memo=MEMO, now=court.now)
    returns.appeal(court.session, actor=court.ann, claim_id=appealed.id, notes=MEMO, now=court.now)
    late = court.now + 49 * HOUR
    assert returns.escalate_overdue(court.session, now=late) == returns.Escalation(escalated=1, credited=1)
    court.session.refresh(claim)
    assert (claim.status, claim.resolution, claim.decided_by) == ("approved", "overdue_credit", SYSTEM.user_id)
    (mail,) = court.mails("bad_lead_approved")
    assert mail.payload["context"]["amount"] == "$25.00"
    seen = returns.own_claim(court.session, actor=court.ann, claim_id=claim.id, now=late)
    assert "48 hours" in seen.steps[-1].words
    court.session.refresh(appealed)
    assert appealed.status == "appealed" and court.refunds() == 2500
    assert_whole(court.session)


def test_what_was_escalated_is_credited_once_the_niche_says_so(court: Court) -> None:
    court.claim()
    returns.escalate_overdue(court.session, now=court.now + 49 * HOUR)
    niches.edit_niche(court.session, actor=ADMIN, niche_id=court.world.niche.id, claim_auto_credit=True, now=court.now)
    assert returns.escalate_overdue(court.session, now=court.now + 50 * HOUR) == returns.Escalation(0, 1)
    assert_whole(court.session)


def test_the_clock_is_a_threshold(court: Court) -> None:
    ops.set_threshold(court.session, actor=ADMIN, key="claim_hours", value=6, now=court.now)
    assert court.claim().due_at == court.now + 6 * HOUR


def test_figures_of_the_queue(court: Court) -> None:
    claims = [court.report(court.ann, court.sold()[0], now=court.now - 50 * HOUR) for _ in range(2)]
    waiting = court.report(court.bob, court.sold()[1], "invalid_contact")
    returns.approve(court.session, actor=ADMIN, claim_id=claims[0].id, memo=MEMO, now=court.now - 40 * HOUR)
    told = returns.metrics(court.session, actor=ANALYST, now=court.now)
    assert (told.open, told.overdue, told.appeals, told.next_due_at) == (2, 1, 0, claims[1].due_at)
    assert (told.reported, told.approved, told.rejected, told.approval_rate) == (3, 1, 0, 1.0)
    assert (told.mean_answer_s, told.refunds, told.refunded_cents) == (10 * 3600, 1, 2500)
    assert told.by_reason == {"spam": 2, "invalid_contact": 1}
    assert told.oldest_wait_s == 50 * 3600 and waiting.status == "pending"
    with pytest.raises(Forbidden):
        returns.metrics(court.session, actor=court.ann, now=court.now)


def test_an_empty_queue_has_figures_too(session: Session, now: datetime) -> None:
    told = returns.metrics(session, actor=ADMIN, now=now)
    assert (told.open, told.next_due_at, told.mean_answer_s, told.approval_rate, told.by_reason) == (0, None, None, None, {})


def reports(court: Court, upheld: int, rejected: int, waiting: int = 0) -> None:
    """Ann's reports, spread over days so that no day's limit is met."""
    for number in range(upheld + rejected + waiting):
        at = court.now - timedelta(days=8 - number // 4)
        claim = court.report(court.ann, court.sold(now=at)[0], now=at)
        if number < upheld:
            returns.approve(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=at)
        elif number < upheld + rejected:
            returns.reject(court.session, actor=ADMIN, claim_id=claim.id, memo=MEMO, now=at)


def flags(court: Court, **more: object) -> list[returns.Flag]:
    return returns.flags(court.session, actor=ANALYST, now=court.now, **more)  # type: ignore[arg-type]


def test_many_reports_upheld_or_refunded_are_flagged(court: Court) -> None:
    reports(court, upheld=6, rejected=4)
    (flag,) = flags(court)
    assert (flag.provider_id, flag.reports, flag.decided, flag.upheld) == (court.ann.provider_id, 10, 10, 6)
    assert flag.approval_rate == 0.6 and flag.refund_rate == 0.6 and len(flag.reasons) == 2
    assert flag.reasons[0] == "6 of 10 answered reports were upheld in 30 days."
    assert flags(court, provider_id=court.bob.provider_id) == []
    with pytest.raises(Forbidden):
        returns.flags(court.session, actor=court.ann, now=court.now)


def test_who_reads_whose_reports_stand_out_is_in_the_trail(court: Court) -> None:
    for minutes in (0, 9, 11):
        returns.flags(court.session, actor=ANALYST, now=court.now + timedelta(minutes=minutes))
    returns.flags(court.session, actor=ANALYST, provider_id=court.ann.provider_id, now=court.now)
    entries = text("select actor_id, entity_id, after ->> 'report' from audit_entry where action = 'report.read' order by id")
    read = (ANALYST.user_id, None, "flagged companies")
    assert [tuple(row) for row in court.session.execute(entries)] == [
        read, read, (ANALYST.user_id, court.ann.provider_id, "flagged companies"),
    ]  # fmt: skip


def test_half_upheld_and_a_fifth_refunded_are_not(court: Court) -> None:
    reports(court, upheld=5, rejected=5)
    for _ in range(15):
        court.sold(now=court.now - HOUR)
    assert flags(court) == [], "5 of 10 is not more than half, 5 of 25 not more than 20 percent"
    court.session.execute(text("delete from threshold"))
    returns.refund(court.session, actor=ADMIN, assignment_id=court.sold()[0].id, memo=MEMO, now=court.now)
    (flag,) = flags(court)
    assert (flag.refunded, flag.delivered) == (6, 26) and len(flag.reasons) == 1


def test_nine_reports_are_too_few_and_class_credits_do_not_count(court: Court) -> None:
    reports(court, upheld=9, rejected=0)
    assert flags(court) == []
    for _ in range(3):
        claim = court.report(court.ann, court.sold()[0])
        returns.class_credit(court.session, actor=ADMIN, lead_id=claim.lead_id, memo=MEMO, now=court.now)
    assert flags(court) == []
    court.claim()
    assert [flag.reports for flag in flags(court)] == [10]
