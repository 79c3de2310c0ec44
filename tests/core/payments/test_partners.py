"""A partner's share: posted with every sale, taken back with its refund, never above the revenue (SPEC 6.7)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.leads import Lead
from tests.core.distribution.world import World, a_world, assert_whole

ADMIN = Actor(user_id=uuid7(), role="admin")
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return a_world(session, now, cap=9)


def a_partner(session: Session, now: datetime, share: str = "12.5", name: str = "Referral Works") -> payments.PartnerRow:
    return payments.add_partner(session, actor=ADMIN, name=name, share_percent=share, now=now)


def refund(session: Session, assignment_id: UUID, cents: int, wallet: UUID, now: datetime) -> None:
    """What an upheld claim posts."""
    ledger.post(
        session,
        actor=ADMIN,
        debit=ledger.house_account(session, "refunds", now=now),
        credit=ledger.wallet_account(session, wallet),
        amount_cents=cents,
        kind="refund",
        idempotency_key=f"refund:{assignment_id}",
        now=now,
        reference_type="assignment",
        reference_id=assignment_id,
    )


def sales(session: Session, lead: Lead) -> list[tuple[UUID, UUID, int]]:
    query = text("select id, provider_id, price_cents from assignment where lead_id = :lead order by id")
    return [tuple(row) for row in session.execute(query, {"lead": lead.id})]


def owed(session: Session, partner: payments.PartnerRow) -> int:
    return payments.get_partner(session, actor=ADMIN, partner_id=partner.id).owed_cents


def whole(session: Session) -> None:
    assert_whole(session)
    assert [check for check in payments.verify(session) if not check.ok] == []


def test_each_sale_of_a_partners_lead_shares(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now)
    world.level(4, price_cents=2_599)
    world.buyers(4)
    mine, other = world.lead(partner_id=partner.id, source="partner"), world.lead()
    world.run(mine), world.run(other)
    assert len(sales(session, mine)) == len(sales(session, other)) == 4
    assert owed(session, partner) == 4 * 324, "12.5 % of $25.99 is $3.24875, rounded down for each sale"
    shares = session.execute(text("select reference_id, amount_cents, actor_id from transfer where kind = 'partner_share'")).all()
    assert sorted(shares) == sorted((sale, 324, SYSTEM.user_id) for sale, *_ in sales(session, mine))
    told = payments.partner_statement(session, actor=ADMIN, partner_id=partner.id, month=NOVEMBER)
    assert (told.sales, told.revenue_cents, told.earned_cents, told.closing_cents) == (4, 4 * 2_599, 4 * 324, 4 * 324)
    whole(session)


def test_refunds_bring_it_back_to_nothing(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now, "33.33")
    world.level(3, price_cents=1_000)
    world.buyers(3)
    lead = world.lead(partner_id=partner.id)
    world.run(lead)
    assert owed(session, partner) == 3 * 333
    for number, (sale, buyer, price) in enumerate(sales(session, lead), start=1):
        refund(session, sale, price, buyer, now)
        assert owed(session, partner) == (3 - number) * 333
        assert world.balance(buyer) == 100_000
    told = payments.partner_statement(session, actor=ADMIN, partner_id=partner.id, month=NOVEMBER)
    assert (told.sales, told.refunds, told.taken_back_cents, told.closing_cents) == (3, 3, 999, 0)
    lines = payments.partner_lines(session, actor=ADMIN, partner_id=partner.id, month=NOVEMBER, limit=4)
    rest = payments.partner_lines(session, actor=ADMIN, partner_id=partner.id, month=NOVEMBER, before_id=lines[-1].id)
    assert [line.amount_cents for line in lines + rest] == [-333] * 3 + [333] * 3
    whole(session)


def test_sales_of_several_partners_leads_in_one_statement(session: Session, world: World, now: datetime) -> None:
    """However rows come into ``assignment``: as a marketplace's checkout writes them, three leads of three origins at once."""
    first, second = a_partner(session, now), a_partner(session, now, "50", name="Second")
    leads = [world.lead(partner_id=whose, slots=1) for whose in (first.id, second.id, None)]
    buyers = world.buyers(3, world.level(3))
    values = {"leads": [lead.id for lead in leads], "buyers": buyers, "ids": [uuid7() for _ in leads], "now": now}
    values |= {"niche": world.niche.id, "revenue": ledger.house_account(session, "revenue", now=now)}
    bought = "unnest(cast(:leads as uuid[]), cast(:buyers as uuid[]), cast(:ids as uuid[])) as b (lead, buyer, id)"
    session.execute(text(f"update slot set state = 'sold', provider_id = b.buyer from {bought} where lead_id = b.lead"), values)
    session.execute(
        text(f"""
            with paid as (
              insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id,
                                    actor_id, idempotency_key, at)
              select b.id, w.account_id, :revenue, 999, 'lead_charge', 'assignment', b.id, b.buyer, b.id::text, :now
                from {bought} join wallet w on w.provider_id = b.buyer)
            insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, transfer_id, assigned_at)
            select b.id, b.lead, b.buyer, 1, 'marketplace', :niche, 999, b.id, :now from {bought}"""),
        values,
    )
    assert (owed(session, first), owed(session, second)) == (124, 499)
    whole(session)


def test_no_share_without_a_price_or_while_switched_off(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now)
    world.level(1, price_cents=0)
    world.buyers(1)
    world.run(world.lead(partner_id=partner.id))
    assert owed(session, partner) == 0
    payments.edit_partner(session, actor=ADMIN, partner_id=partner.id, active=False, now=now)
    paid = world.beside()
    paid.buyers(2, paid.level(2))
    lead = paid.lead(partner_id=partner.id)
    paid.run(lead)
    assert len(sales(session, lead)) == 2 and owed(session, partner) == 0
    whole(session)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(price=st.integers(0, 10**12), percent=st.decimals(0, 100, places=2))
def test_a_share_is_the_largest_whole_cent_within_its_percentage(session: Session, price: int, percent: Decimal) -> None:
    share = session.execute(
        text("select partner_share_cents(:price, :percent)"), {"price": price, "percent": percent}
    ).scalar_one()
    assert 0 <= share <= price
    assert share <= price * percent / 100 < share + 1


def test_a_changed_share_counts_from_the_next_sale(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now, "10")
    world.level(1, price_cents=1_000)
    world.buyers(1)
    world.run(world.lead(partner_id=partner.id))
    changed = payments.edit_partner(session, actor=ADMIN, partner_id=partner.id, share_percent="20", name="Renamed", now=now)
    assert (changed.share_percent, changed.name) == (Decimal("20.00"), "Renamed")
    world.run(world.lead(partner_id=partner.id))
    assert owed(session, partner) == 100 + 200
    entry = session.execute(text("select before, after from audit_entry where action = 'partner.edited'")).one()
    assert (entry.before["share_percent"], entry.after["share_percent"]) == ("10.00", "20.00")


@pytest.mark.parametrize("share", ["-1", "100.01", "12.345", "NaN", "a third", "", "1e400"])
def test_a_share_that_is_none(session: Session, now: datetime, share: str) -> None:
    with pytest.raises(payments.PartnerInvalid) as refused:
        a_partner(session, now, share)
    assert list(refused.value.fields) == ["share_percent"]


def test_names_are_unique_and_only_admins_edit(session: Session, now: datetime) -> None:
    partner = a_partner(session, now)
    with pytest.raises(payments.PartnerInvalid, match="name"):
        a_partner(session, now)
    with pytest.raises(payments.PartnerNotFound):
        payments.edit_partner(session, actor=ADMIN, partner_id=uuid7(), name="Nobody", now=now)
    analyst = Actor(user_id=uuid7(), role="analyst")
    assert [row.id for row in payments.list_partners(session, actor=analyst)] == [partner.id]
    for role in ("analyst", "scientist", "provider"):
        with pytest.raises(Forbidden):
            payments.edit_partner(session, actor=Actor(user_id=uuid7(), role=role), partner_id=partner.id, name="X", now=now)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        payments.list_partners(session, actor=Actor(user_id=uuid7(), role="provider", provider_id=uuid7()))


def test_tampering_with_a_share_is_found(session: Session, world: World, now: datetime) -> None:
    partner = a_partner(session, now)
    world.level(1, price_cents=1_000)
    world.buyers(1)
    lead = world.lead(partner_id=partner.id)
    world.run(lead)
    (sale, _, _) = sales(session, lead)[0]
    payable = session.execute(text("select payable_account_id from partner where id = :id"), {"id": partner.id}).scalar_one()
    for key in ("share:extra", "share:twice"):
        ledger.post(
            session, actor=SYSTEM, debit=ledger.house_account(session, "revenue", now=now), credit=payable, amount_cents=700,
            kind="partner_share", idempotency_key=key, now=now, reference_type="assignment", reference_id=sale,
        )  # fmt: skip
    assert [check.name for check in payments.verify(session) if not check.ok] == ["partner shares"]
