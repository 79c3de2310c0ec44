"""What the demo's companies report and how they are answered: the same every time, through the verbs, books whole."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, returns
from demo import complaints
from demo.reactions import Reaction, reaction_to
from demo.setting import Ground
from tests.core.returns.court import ADMIN, Court, a_court, assert_whole
from tests.demo.test_world import NOW, the_world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reported(seed: int = 7) -> list[tuple[Any, complaints.Complaint]]:
    """Complaints as if every settled request had gone to the first four companies of its side."""
    found = []
    world = the_world(seed)
    for request in world.requests:
        buyers = [company for company in world.companies[:8] if request.niche in company.niches]
        for company in buyers if request.fate == "sold" and request.reviewed_at else ():
            at = request.reviewed_at or NOW
            reaction = reaction_to(request, company, assigned_at=at, buyers=len(buyers), now=NOW, seed=seed)
            complaint = complaints.complaint_of(request, company, reaction, now=NOW, seed=seed)
            if complaint:
                found.append((reaction, complaint))
    return found


def test_a_few_dozen_with_every_reason_and_the_same_again() -> None:
    found = reported()
    assert found == reported()
    assert {complaint.reason for _, complaint in found} == set(returns.REASONS)
    assert any(complaint.withdrawn_at for _, complaint in found) and len(found) > 30
    for reaction, complaint in found:
        assert reaction.decision == "rejected" and reaction.decided_at < complaint.at <= NOW
        assert complaint.reason != "other" or 10 <= len(complaint.notes) <= 500


def test_nobody_complains_of_what_they_took_or_have_not_looked_at() -> None:
    request, company = the_world().requests[0], the_world().companies[0]
    for reaction in (Reaction(), Reaction(viewed_at=NOW), Reaction(viewed_at=NOW, decision="accepted", decided_at=NOW)):
        assert complaints.complaint_of(request, company, reaction, now=NOW, seed=7) is None
    late = Reaction(viewed_at=NOW, decision="rejected", decided_at=NOW)
    assert complaints.complaint_of(replace(request, household=None), company, late, now=NOW, seed=7) is None


@pytest.fixture
def court(session: Session, now: datetime) -> Court:
    return a_court(session, now)


def test_the_admins_rounds_answer_everything_but_the_last_days(court: Court) -> None:
    for number in range(12):
        sales = court.sold(now=court.now + number * HOUR)
        reason = ("invalid_contact", "duplicate", "out_of_scope", "spam")[number % 4]
        for actor, sale in zip(court.buyers, sales, strict=False):
            court.session.execute(text("update threshold set value = '100'"))
            if actor is court.ann or reason == "spam":
                with_limit = returns.report(
                    court.session, actor=actor, assignment_id=sale.id, reason=reason, now=court.now + number * 6 * HOUR
                )
                assert with_limit.new
    ends = court.now + 30 * DAY
    fresh = court.report(court.bob, court.sold(now=ends - 2 * DAY)[1], now=ends - 2 * DAY)
    view = niches.get_niche(court.session, court.world.niche.id)
    mails = {
        court.session.execute(text("select email_key from user_account where id = :u"), {"u": a.user_id}).scalar_one(): a
        for a in court.buyers
    }
    ground = Ground(admin=ADMIN, markets={}, niches={"roofing": view, "hvac": view}, schemas={}, levels={}, owners=mails)
    world: Any = SimpleNamespace(seed=7, now=ends)
    for day in range(1, 31):
        complaints.answer_open(court.session, "trades", world, ground, now=court.now + day * DAY)
    statuses = Counter(court.session.execute(text("select status, resolution from claim")).all())
    assert statuses[("pending", None)] == 1 and court.session.get_one(returns.Claim, fresh.id).status == "pending"
    assert statuses[("approved", "class_credit")] == 6
    assert sum(statuses.values()) == 16
    assert_whole(court.session)
