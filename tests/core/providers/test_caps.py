"""Caps and delivery hours (SPEC 4.8)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit.errors import NotFound
from core.providers.models import SubscriptionUsage
from tests.builders import a_level, a_market, a_niche, a_provider, a_subscription
from tests.core.providers.people import of


@pytest.fixture
def mine(session: Session, now: datetime) -> Any:
    return a_subscription(session, now, a_provider(session, now), a_level(session, now, a_niche(session, now), price_cents=2500))


def owner(subscription: Any) -> Any:
    return of(type("P", (), {"id": subscription.provider_id}))


def test_caps_are_replaced_whole_and_audited(session: Session, now: datetime, mine: Any) -> None:
    caps = providers.Caps(leads_day=3, spend_month_cents=50_000)
    providers.set_caps(session, actor=owner(mine), subscription_id=mine.id, caps=caps, now=now)
    assert providers.caps_of(mine) == caps
    providers.set_caps(session, actor=owner(mine), subscription_id=mine.id, caps=providers.Caps(leads_week=9), now=now)
    view = providers.get_subscription(session, actor=owner(mine), subscription_id=mine.id)
    assert providers.caps_of(view) == providers.Caps(leads_week=9)
    assert session.scalar(text("select count(*) from audit_entry where action = 'subscription.caps_changed'")) == 2


@pytest.mark.parametrize(
    ("caps", "field"),
    [
        ({"leads_day": 0}, "leads_day"),
        ({"leads_week": -1}, "leads_week"),
        ({"leads_month": 2.5}, "leads_month"),
        ({"leads_day": True}, "leads_day"),
        ({"leads_day": 10**9}, "leads_day"),
        ({"spend_day_cents": 0}, "spend_day_cents"),
        ({"spend_week_cents": 2499}, "spend_week_cents"),  # less than one lead costs
    ],
)
def test_a_cap_that_makes_no_sense_is_refused_by_name(
    session: Session, now: datetime, mine: Any, caps: dict[str, Any], field: str
) -> None:
    with pytest.raises(providers.InvalidCaps) as refused:
        providers.set_caps(session, actor=owner(mine), subscription_id=mine.id, caps=providers.Caps(**caps), now=now)
    assert list(refused.value.fields) == [field]


def test_a_stranger_sets_nothing(session: Session, now: datetime, mine: Any) -> None:
    stranger = of(a_provider(session, now))
    with pytest.raises(NotFound):
        providers.set_caps(session, actor=stranger, subscription_id=mine.id, caps=providers.Caps(leads_day=1), now=now)
    with pytest.raises(NotFound):
        providers.set_delivery_hours(session, actor=stranger, subscription_id=mine.id, hours=None, now=now)
    with pytest.raises(NotFound):
        providers.usage(session, actor=stranger, subscription_id=mine.id, now=now)


def test_hours_are_kept_in_order_and_cleared_to_always(session: Session, now: datetime, mine: Any) -> None:
    hours = {"mon": [["13:00", "24:00"], ["08:00", "12:00"]], "sat": []}
    providers.set_delivery_hours(session, actor=owner(mine), subscription_id=mine.id, hours=hours, now=now)
    session.refresh(mine)
    assert mine.delivery_hours == {"mon": [["08:00", "12:00"], ["13:00", "24:00"]]}
    providers.set_delivery_hours(session, actor=owner(mine), subscription_id=mine.id, hours=None, now=now)
    assert session.scalar(text("select delivery_hours is null from subscription where id = :id"), {"id": mine.id})


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        ({}, "hours"),
        ({"mon": []}, "hours"),
        ({"funday": [["08:00", "09:00"]]}, "hours.funday"),
        ({"mon": [["22:00", "06:00"]]}, "hours.mon"),  # a night is two spans
        ({"mon": [["08:00", "08:00"]]}, "hours.mon"),
        ({"mon": [["8:00", "09:00"]]}, "hours.mon"),
        ({"mon": [["08:00", "24:01"]]}, "hours.mon"),
        ({"mon": [["24:00", "24:00"]]}, "hours.mon"),
        ({"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}, "hours.mon"),
        ({"mon": "08:00-18:00"}, "hours.mon"),
        ({"mon": [["08:00"]]}, "hours.mon"),
        ({"mon": [[8, 18]]}, "hours.mon"),
        ({"tue": [["00:00", "00:01"]] * 7}, "hours.tue"),
    ],
)
def test_hours_that_can_not_be_meant_are_refused_by_day(
    session: Session, now: datetime, mine: Any, hours: dict[str, Any], field: str
) -> None:
    with pytest.raises(providers.InvalidCaps) as refused:
        providers.set_delivery_hours(session, actor=owner(mine), subscription_id=mine.id, hours=hours, now=now)
    assert field in refused.value.fields


times = st.integers(0, 24 * 60).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
spans = st.lists(st.tuples(times, times).map(sorted), max_size=3)
weeks = st.dictionaries(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), spans, max_size=7)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=weeks, minute=st.integers(0, 7 * 24 * 60 - 1))
def test_the_database_reads_hours_as_a_clock_does(session: Session, hours: dict[str, Any], minute: int) -> None:
    monday = datetime(2026, 11, 2)  # noqa: DTZ001 - a wall clock has no zone
    moment = monday + timedelta(minutes=minute)
    day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][moment.weekday()]
    of_day = moment.hour * 60 + moment.minute
    minutes = lambda time: int(time[:2]) * 60 + int(time[3:])  # noqa: E731
    is_open = any(minutes(start) <= of_day < minutes(end) for start, end in hours.get(day, []))
    found = session.execute(
        text("select within_delivery_hours(cast(:h as jsonb), :t)"), {"h": __import__("json").dumps(hours), "t": moment}
    ).scalar_one()
    assert found is is_open


def test_usage_stands_beside_the_caps(session: Session, now: datetime, mine: Any) -> None:
    a_market(session, now)  # 10:00 in Las Vegas on Wednesday 4 November 2026
    providers.set_caps(session, actor=owner(mine), subscription_id=mine.id, caps=providers.Caps(leads_day=5), now=now)
    session.add(SubscriptionUsage(subscription_id=mine.id, day=date(2026, 11, 4), leads=2, spent_cents=5000))
    session.add(SubscriptionUsage(subscription_id=mine.id, day=date(2026, 11, 3), leads=9, spent_cents=9000))
    session.add(SubscriptionUsage(subscription_id=mine.id, day=date(2026, 11, 1), leads=1, spent_cents=1000))
    session.add(SubscriptionUsage(subscription_id=mine.id, day=date(2026, 10, 31), leads=7, spent_cents=7000))
    session.flush()
    rows = providers.usage(session, actor=owner(mine), subscription_id=mine.id, now=now)
    assert [(row.period, row.starts_on, row.leads, row.spent_cents, row.cap_leads) for row in rows] == [
        ("day", date(2026, 11, 4), 2, 5000, 5),
        ("week", date(2026, 11, 2), 11, 14000, None),
        ("month", date(2026, 11, 1), 12, 15000, None),
    ]
