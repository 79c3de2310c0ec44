"""A price rise reaches subscribers after notice, or at once when all consent (SPEC 4.1)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches, ops
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.niches import CompetitionLevel
from tests import builders

WEEK = timedelta(days=7)


@pytest.fixture
def level(session: Session, now: datetime) -> CompetitionLevel:
    return builders.a_level(session, now, builders.a_niche(session, now), price_cents=2500)


@pytest.fixture
def buyers(session: Session, now: datetime, level: CompetitionLevel) -> list[Actor]:
    """Two providers who subscribe to the level."""
    providers = [builders.a_provider(session, now) for _ in range(2)]
    for provider in providers:
        builders.a_subscription(session, now, provider, level)
    return [Actor(user_id=uuid7(), role="provider", provider_id=provider.id) for provider in providers]


def edit(session: Session, admin: Actor, level: CompetitionLevel, cents: int, now: datetime) -> niches.LevelView:
    return niches.edit_level(session, actor=admin, level_id=level.id, price_cents=cents, now=now)


def mails(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(
        text("select payload from outbox where kind = 'email' and key like 'level_price_change:%' order by id")
    )
    return list(rows.scalars())


def test_without_subscribers_any_price_applies_at_once(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel
) -> None:
    changed = edit(session, admin, level, 9000, now)
    assert (changed.price_cents, changed.next_price_cents) == (9000, None)
    assert mails(session) == []


def test_a_rise_is_announced_and_applies_after_seven_days(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    announced = edit(session, admin, level, 3000, now)
    assert (announced.price_cents, announced.next_price_cents, announced.next_price_at) == (2500, 3000, now + WEEK)
    sent = mails(session)
    assert {mail["provider_id"] for mail in sent} == {str(buyer.provider_id) for buyer in buyers}
    assert sent[0]["context"]["old_price"] == "$25.00" and sent[0]["context"]["new_price"] == "$30.00"
    assert sent[0]["context"]["effective"] == "11 November 2026"
    assert niches.apply_due_prices(session, now=now + WEEK - timedelta(seconds=1)) == []
    assert niches.apply_due_prices(session, now=now + WEEK) == [level.id]
    applied = niches.get_level(session, level.id)
    assert (applied.price_cents, applied.next_price_cents, applied.next_price_at) == (3000, None, None)
    assert niches.apply_due_prices(session, now=now + WEEK) == []
    actions = session.execute(
        text("select action, actor_role from audit_entry where entity_id = :id order by id"), {"id": level.id}
    )
    assert [tuple(row) for row in actions] == [("level.price_announced", "admin"), ("level.price_changed", "system")]


def test_a_cut_applies_at_once_and_ends_an_announcement(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    edit(session, admin, level, 3000, now)
    cut = edit(session, admin, level, 2000, now + timedelta(days=1))
    assert (cut.price_cents, cut.next_price_cents) == (2000, None)
    assert len(mails(session)) == 4
    assert niches.apply_due_prices(session, now=now + WEEK) == []
    assert niches.get_level(session, level.id).price_cents == 2000


def test_saving_the_present_or_announced_price_again_changes_nothing(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    announced = edit(session, admin, level, 3000, now)
    for cents in (2500, 3000):
        assert edit(session, admin, level, cents, now + timedelta(days=2)) == announced
    assert len(mails(session)) == 2


def test_a_second_announcement_starts_the_notice_again(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    edit(session, admin, level, 3000, now)
    niches.consent_to_price(session, actor=buyers[0], level_id=level.id, now=now)
    again = edit(session, admin, level, 4000, now + timedelta(days=3))
    assert (again.next_price_cents, again.next_price_at) == (4000, now + timedelta(days=10))
    # The consent was to 3000: it does not count for 4000.
    assert niches.consent_to_price(session, actor=buyers[1], level_id=level.id, now=now).price_cents == 2500


def test_when_all_subscribers_consent_the_price_applies_at_once(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    edit(session, admin, level, 3000, now)
    later = now + timedelta(hours=1)
    builders.a_subscription(session, later, builders.a_provider(session, later), level)  # knew the price when joining
    for _ in range(2):
        assert niches.consent_to_price(session, actor=buyers[0], level_id=level.id, now=later).price_cents == 2500
    applied = niches.consent_to_price(session, actor=buyers[1], level_id=level.id, now=later)
    assert (applied.price_cents, applied.next_price_cents) == (3000, None)
    assert session.execute(text("select count(*) from price_consent")).scalar_one() == 0


def test_consent_is_for_subscribers_of_an_announced_price(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    with pytest.raises(niches.NoPendingPrice):
        niches.consent_to_price(session, actor=buyers[0], level_id=level.id, now=now)
    edit(session, admin, level, 3000, now)
    stranger = Actor(user_id=uuid7(), role="provider", provider_id=uuid7())
    with pytest.raises(niches.NoPendingPrice):
        niches.consent_to_price(session, actor=stranger, level_id=level.id, now=now)
    with pytest.raises(Forbidden):
        niches.consent_to_price(session, actor=admin, level_id=level.id, now=now)


def test_an_announcement_can_be_taken_back(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    edit(session, admin, level, 3000, now)
    kept = niches.cancel_price_change(session, actor=admin, level_id=level.id, now=now + timedelta(days=1))
    assert (kept.price_cents, kept.next_price_cents) == (2500, None)
    assert mails(session)[-1]["context"]["new_price"] == "$25.00"
    with pytest.raises(niches.NoPendingPrice):
        niches.cancel_price_change(session, actor=admin, level_id=level.id, now=now)


def test_notice_is_a_setting(session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]) -> None:
    ops.set_threshold(session, actor=admin, key="price_notice_days", value=14, now=now)
    assert edit(session, admin, level, 3000, now).next_price_at == now + 2 * WEEK
    ops.set_threshold(session, actor=admin, key="price_notice_days", value=0, now=now)
    assert edit(session, admin, level, 3500, now).price_cents == 3500


def test_leavers_are_not_told(
    session: Session, admin: Actor, now: datetime, level: CompetitionLevel, buyers: list[Actor]
) -> None:
    gone: UUID | None = buyers[0].provider_id
    session.execute(
        text("update subscription set status = 'ended', ended_at = :now, inactive_reason = null where provider_id = :p"),
        {"now": now, "p": gone},
    )
    edit(session, admin, level, 3000, now)
    assert [mail["provider_id"] for mail in mails(session)] == [str(buyers[1].provider_id)]
    assert niches.consent_to_price(session, actor=buyers[1], level_id=level.id, now=now).price_cents == 3000
