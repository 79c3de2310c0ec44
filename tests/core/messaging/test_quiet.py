"""Quiet hours: on the wall of the reader's market, moved and never dropped, also when the clocks change (SPEC 11)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import messaging, ops
from core.kit import mail, outbox
from core.kit.actor import Actor
from core.kit.ids import uuid7

ADMIN = Actor(user_id=uuid7(), role="admin")
VEGAS = "America/Los_Angeles"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "begin", "end", "until"),
    [
        ("2026-11-04T19:59:00-08:00", 20, 8, None),
        ("2026-11-04T20:00:00-08:00", 20, 8, "2026-11-05T08:00:00-08:00"),
        ("2026-11-05T07:59:59-08:00", 20, 8, "2026-11-05T08:00:00-08:00"),
        ("2026-11-05T08:00:00-08:00", 20, 8, None),
        ("2026-11-04T03:00:00-08:00", 1, 6, "2026-11-04T06:00:00-08:00"),
        ("2026-11-04T06:00:00-08:00", 1, 6, None),
        ("2026-11-04T03:00:00-08:00", 8, 8, None),
        # The night the clocks go back is an hour longer, that in which they go forward an hour shorter.
        ("2026-10-31T21:00:00-07:00", 20, 8, "2026-11-01T08:00:00-08:00"),
        ("2027-03-13T21:00:00-08:00", 20, 8, "2027-03-14T08:00:00-07:00"),
        # The hour from 1 to 2 comes twice: the second time is quiet, too.
        ("2026-11-01T01:30:00-07:00", 20, 2, "2026-11-01T02:00:00-08:00"),
        ("2026-11-01T01:30:00-08:00", 20, 2, "2026-11-01T02:00:00-08:00"),
        # The hour from 2 to 3 is skipped: quiet until 2 ends when it would have begun.
        ("2027-03-14T01:30:00-08:00", 20, 2, "2027-03-14T03:00:00-07:00"),
    ],
)
def test_the_hours_on_the_wall(now: str, begin: int, end: int, until: str | None) -> None:
    found = messaging.quiet_until(at(now), zone=VEGAS, begin=begin, end=end)
    assert found == (at(until) if until else None)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from([VEGAS, "America/Phoenix", "America/Chicago", "Asia/Kathmandu", "Europe/Berlin"]),
)
def test_a_wait_ends_within_a_day_outside_the_quiet_hours(now: datetime, begin: int, end: int, zone: str) -> None:
    until = messaging.quiet_until(now, zone=zone, begin=begin, end=end)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    assert until.astimezone(ZoneInfo(zone)).hour in (end, (end + 1) % 24)
    if until.astimezone(ZoneInfo(zone)).hour == end:
        assert messaging.quiet_until(until, zone=zone, begin=begin, end=end) is None


def test_only_mail_that_can_wait_waits(session: Session) -> None:
    night = at("2026-11-04T23:00:00-08:00")
    assert messaging.waits_until(session, template="weekly_digest", zone=VEGAS, now=night) == at("2026-11-05T08:00:00-08:00")
    for template in ("new_lead", "password_reset", "lead_confirmation", "subscription_deactivated", "unheard_of"):
        assert messaging.waits_until(session, template=template, zone=VEGAS, now=night) is None


def test_the_hours_are_settings(session: Session, now: datetime) -> None:
    ops.set_threshold(session, actor=ADMIN, key="quiet_from_hour", value=9, now=now)
    ops.set_threshold(session, actor=ADMIN, key="quiet_to_hour", value=11, now=now)
    # 18:00 UTC is 10:00 in Las Vegas and 11:00 in Phoenix.
    assert messaging.waits_until(session, template="low_balance", zone=VEGAS, now=now) == now + timedelta(hours=1)
    assert messaging.waits_until(session, template="low_balance", zone="America/Phoenix", now=now) is None


def test_a_postponed_mail_is_the_same_mail_once(session: Session, now: datetime) -> None:
    row = mail.request_mail(session, "low_balance", key="1", now=now, user_id=uuid7(), context={"a": "b"}, sealed={"c": "d"})
    job = outbox.take(session, row, now=now) if row else None
    assert job is not None
    until = now + timedelta(hours=9)
    for _ in range(2):
        messaging.postpone(session, job=job, until=until, now=now)
    (later,) = session.execute(text("select id, payload, sealed, run_at from outbox where id <> :id"), {"id": job.id})
    assert later.payload == job.payload and later.run_at == until
    assert outbox.take(session, later.id, now=now) is None
    again = outbox.take(session, later.id, now=until)
    assert again is not None and again.sealed == {"c": "d"}
