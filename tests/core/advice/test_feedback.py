"""What people say of what models said arrives where models learn: profiles, prices, fraud labels (SPEC 9.5, 10)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, marketplace, recommendations, reports
from core.advice import FeedbackInvalid, NothingToJudge
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from tests import builders


@pytest.fixture
def provider(session: Session, now: datetime) -> Actor:
    company = builders.a_provider(session, now)
    user = builders.a_user(session, now, role="provider", provider_id=company.id)
    return Actor(user.id, "provider", company.id)


def staff(session: Session, now: datetime, role: Any) -> Actor:
    return Actor(builders.a_user(session, now, role=role, totp_confirmed_at=now, totp_secret=b"x").id, role)


def listed(session: Session, now: datetime, *, since: datetime | None = None) -> UUID:
    """A lead on sale, priced when it came."""
    at = since or now
    niche, market = builders.a_niche(session, at), builders.a_market(session, at)
    builders.a_level(session, at, niche)
    lead = builders.a_lead(session, at, niche, market, slots=3)
    session.execute(
        text("insert into listing (lead_id, opened_at, closes_at) values (:l, :at, :end)"),
        {"l": lead.id, "at": at, "end": at + timedelta(days=30)},
    )
    marketplace.publish(session, lead_ids=[lead.id], now=at)
    return lead.id


def rows(session: Session) -> int:
    return int(session.execute(text("select count(*) from feedback")).scalar_one())


def test_the_latest_word_counts_and_is_kept_once(session: Session, now: datetime, provider: Actor) -> None:
    lead = listed(session, now)
    for verdict in ("helpful", "helpful", "not_for_me", "wrong_price", "wrong_price"):
        advice.give_feedback(session, actor=provider, lead_id=lead, verdict=verdict, now=now)
    said = advice.feedback_of(session, actor=provider, lead_ids=[lead])
    assert said == {lead: {"not_for_me", "wrong_price"}} and rows(session) == 3
    advice.give_feedback(session, actor=provider, lead_id=lead, verdict="helpful", now=now)
    assert "helpful" in advice.feedback_of(session, actor=provider, lead_ids=[lead])[lead]
    stranger = Actor(provider.user_id, "provider", builders.a_provider(session, now).id)
    assert advice.feedback_of(session, actor=stranger, lead_ids=[lead]) == {}


def test_who_may_say_what_of_which_lead(session: Session, now: datetime, provider: Actor) -> None:
    lead = listed(session, now)
    hidden = builders.a_lead(session, now, builders.a_niche(session, now), builders.a_market(session, now, slug="other")).id
    with pytest.raises(Forbidden):
        advice.give_feedback(session, actor=provider, lead_id=lead, verdict="not_fraud", now=now)
    with pytest.raises(Forbidden):
        advice.give_feedback(session, actor=staff(session, now, "scientist"), lead_id=lead, verdict="not_fraud", now=now)
    with pytest.raises(Forbidden):
        advice.give_feedback(session, actor=staff(session, now, "admin"), lead_id=lead, verdict="helpful", now=now)
    with pytest.raises(NothingToJudge):
        advice.give_feedback(session, actor=provider, lead_id=hidden, verdict="helpful", now=now)
    with pytest.raises(FeedbackInvalid):
        advice.give_feedback(session, actor=provider, lead_id=lead, verdict="nonsense", now=now)
    assert rows(session) == 0


def test_a_lead_called_helpful_arrives_in_the_company_s_past(session: Session, now: datetime, provider: Actor) -> None:
    lead = listed(session, now)
    recommendations.keep_vectors(session, [(lead, b"\0" * 256)], model="m", now=now)
    assert provider.provider_id is not None
    advice.give_feedback(session, actor=provider, lead_id=lead, verdict="not_for_me", now=now)
    advice.give_feedback(session, actor=provider, lead_id=lead, verdict="helpful", now=now + timedelta(minutes=1))
    (past,) = recommendations.past_of(session, provider_id=provider.provider_id, model="m")
    assert (past.lead_id, past.fate) == (lead, "helpful")


def test_a_price_called_wrong_is_one_more_day_without_a_sale(session: Session, now: datetime, provider: Actor) -> None:
    earlier = now - timedelta(days=3)
    lead = listed(session, now, since=earlier)
    before = reports.past_prices(session, actor=SYSTEM, until=now)
    advice.give_feedback(session, actor=provider, lead_id=lead, verdict="wrong_price", now=now - timedelta(hours=1))
    after = reports.past_prices(session, actor=SYSTEM, until=now)
    assert len(after) == len(before) + 1
    (said,) = [each for each in after if each not in before]
    cents = session.execute(text("select price_cents from on_sale where lead_id = :l"), {"l": lead}).scalar_one()
    assert (said.price_cents, said.bought) == (cents, False) and said.facts["going_rate_cents"] > 0
    assert reports.past_prices(session, actor=SYSTEM, until=now - timedelta(hours=2)) == before


def test_a_word_on_fraud_reasons_arrives_as_a_label_and_an_upheld_report_weighs_more(session: Session, now: datetime) -> None:
    niche, market = builders.a_niche(session, now), builders.a_market(session, now, slug="fraudville")
    waiting = {"status": "pending_approval", "reviewed_at": None, "verdict": None}
    open_lead = builders.a_lead(session, now, niche, market, **waiting).id
    refused = builders.a_lead(session, now, niche, market, status="rejected", verdict="rejected").id
    for lead in (open_lead, refused):
        advice.keep_facts(session, lead_id=lead, signals={"fake_phone": True}, now=now)

    def labels(until: datetime) -> dict[bool | None, int]:
        found = [each.fraud for each in reports.past_leads(session, actor=SYSTEM, until=until) if each.market == "fraudville"]
        return {value: found.count(value) for value in set(found)}

    assert labels(now + timedelta(minutes=5)) == {None: 1, True: 1}
    analyst, later = staff(session, now, "analyst"), now + timedelta(minutes=2)
    for lead in (open_lead, refused):
        advice.give_feedback(session, actor=analyst, lead_id=lead, verdict="not_fraud", now=later)
    assert labels(now + timedelta(minutes=1)) == {None: 1, True: 1}  # said after the cut-off: not known then
    assert labels(now + timedelta(minutes=5)) == {False: 1, True: 1}
    advice.give_feedback(session, actor=analyst, lead_id=open_lead, verdict="looks_like_fraud", now=later)
    assert labels(now + timedelta(minutes=5)) == {True: 2}
