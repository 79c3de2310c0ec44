"""Partners are paid what is owed, once (SPEC 6.7)."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.payments import PartnerInvalid, PartnerNotFound
from tests.core.distribution.world import World, a_world
from tests.core.payments.test_partners import ADMIN, NOVEMBER, a_partner, owed, refund, sales, whole


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    made = a_world(session, now, cap=9)
    made.level(2, price_cents=2_500)
    made.buyers(2)
    return made


def pay(session: Session, partner: payments.PartnerRow, cents: int, now: datetime, key: str = "1") -> payments.Payout:
    memo = "By bank, reference 2026-11."
    return payments.record_payout(session, actor=ADMIN, partner_id=partner.id, amount_cents=cents, memo=memo, key=key, now=now)


def test_a_payout_is_noted_once_and_never_more_than_owed(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now, "50")
    sold = world.lead(partner_id=partner.id, source="partner")
    world.run(sold)
    due = owed(session, partner)
    assert due > 0
    with pytest.raises(PartnerInvalid, match="Pay at most"):
        pay(session, partner, due + 1, now)
    first = pay(session, partner, due, now)
    assert pay(session, partner, due, now).id == first.id, "the same key is the same payment"
    assert owed(session, partner) == 0
    with pytest.raises(PartnerInvalid):
        pay(session, partner, 1, now, key="2")
    told = payments.partner_statement(session, actor=ADMIN, partner_id=partner.id, month=NOVEMBER)
    assert (told.earned_cents, told.paid_cents, told.closing_cents, told.refunds) == (due, due, 0, 0)
    whole(session)


def test_a_refund_after_the_payout_is_set_off(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now, "50")
    sold = world.lead(partner_id=partner.id, source="partner")
    world.run(sold)
    pay(session, partner, owed(session, partner), now)
    assignment, provider, price = sales(session, sold)[0]
    refund(session, assignment, price, provider, now)
    assert owed(session, partner) == -(price // 2)
    with pytest.raises(PartnerInvalid):
        pay(session, partner, 1, now, key="2")
    whole(session)


def test_a_partner_reads_its_own_books_and_no_others(session: Session, world: World, now: datetime) -> None:
    partner, other = a_partner(session, now, "50"), a_partner(session, now, "50", name="Other Feed")
    world.run(world.lead(partner_id=partner.id, source="partner"))
    due = owed(session, partner)
    pay(session, partner, due - 1, now)
    pay(session, partner, 1, now, key="2")
    program = Actor(uuid7(), "partner", partner_id=partner.id, key_id=uuid7())
    month = {"actor": program, "partner_id": partner.id, "month": NOVEMBER}
    assert payments.get_partner(session, actor=program, partner_id=partner.id).owed_cents == 0
    assert payments.partner_statement(session, **month).paid_cents == due
    assert sum(line.amount_cents for line in payments.partner_lines(session, **month)) == due
    first, rest = (
        payments.payouts(session, actor=program, partner_id=partner.id, before_id=before, limit=1)
        for before in (None, payments.payouts(session, actor=ADMIN, partner_id=partner.id)[0].id)
    )
    assert {row.amount_cents for row in first + rest} == {1, due - 1} and len(first) == len(rest) == 1
    assert first[0].paid_by is None, "who works for the house is not the partner's business"
    elsewhere = month | {"partner_id": other.id}
    for reading in (payments.partner_statement, payments.partner_lines):
        with pytest.raises(PartnerNotFound):
            reading(session, **elsewhere)
    with pytest.raises(PartnerNotFound):
        payments.payouts(session, actor=program, partner_id=other.id)
    with pytest.raises(Forbidden):
        payments.payouts(session, actor=Actor(uuid7(), "provider", uuid7()), partner_id=partner.id)


def test_only_admins_pay_and_say_how(session: Session, now: datetime) -> None:
    partner = a_partner(session, now)
    with pytest.raises(Forbidden):
        payments.record_payout(
            session,
            actor=Actor(uuid7(), "analyst"),
            partner_id=partner.id,
            amount_cents=1,
            memo="By bank today.",
            key="1",
            now=now,
        )
    with pytest.raises(Invalid):
        payments.record_payout(session, actor=ADMIN, partner_id=partner.id, amount_cents=1, memo="short", key="1", now=now)
