"""A lead that is taken off sale while it lies in a cart is not bought (SPEC 2.7, 9.3)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import inventory, leads, ledger, marketplace
from core.kit.actor import SYSTEM
from core.kit.db import constraint_of
from core.kit.ids import uuid7
from core.leads import Lead
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import OPENED, Market


def end(session: Session, lead: Lead, status: str, now: Any) -> None:
    verb = {"quarantined": leads.quarantine, "withdrawn": leads.withdraw}[status]
    verb(session, actor=SYSTEM, lead_id=lead.id, reason="It looks like a test of somebody's form.", now=now)


@pytest.mark.parametrize("status", ["quarantined", "withdrawn"])
def test_what_left_the_sale_stays_in_no_cart(market: Market, status: str) -> None:
    good, gone, buyer = market.listed(), market.listed(), market.buyer()
    for lead in (good, gone):
        marketplace.hold(market.session, actor=buyer, lead_id=lead.id, now=market.now)
    end(market.session, gone, status, market.now)
    with pytest.raises(marketplace.CheckoutRefused) as refused, market.session.begin_nested():
        marketplace.checkout(market.session, actor=buyer, idempotency_key="press", now=market.now)
    assert set(refused.value.reasons) == {gone.id} and "not on sale" in refused.value.reasons[gone.id]
    assert buyer.provider_id and market.world.balance(buyer.provider_id) == 100_000
    done = marketplace.checkout(market.session, actor=buyer, idempotency_key="again", lead_ids=[good.id], now=market.now)
    assert len(done.assignment_ids) == 1 and market.world.sold_to(gone.id) == []
    assert_whole(market.session)


def test_the_database_sells_nothing_that_is_not_for_sale(market: Market) -> None:
    lead, buyer = market.listed(), market.buyer()
    end(market.session, lead, "quarantined", market.now)
    sold = "update slot set state = 'sold', provider_id = :p where lead_id = :lead and slot_no = 1"
    market.session.execute(text(sold), {"p": buyer.provider_id, "lead": lead.id})
    sale = """insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at)
              select uuid7(), l.id, :p, 1, 'marketplace', l.niche_id, 0, now() from lead l where l.id = :lead"""
    with pytest.raises(IntegrityError) as refused, market.session.begin_nested():
        market.session.execute(text(sale), {"p": buyer.provider_id, "lead": lead.id})
    assert constraint_of(refused.value) == "purchase_of_approved_lead"


@pytest.mark.parametrize("wrong", ["another company's wallet", "another price", "another sale", "no charge"])
def test_the_database_takes_no_purchase_that_was_not_paid(market: Market, wrong: str) -> None:
    lead, buyer, other = market.listed(), market.buyer(), market.buyer()
    sale, payer = uuid7(), other if wrong == "another company's wallet" else buyer
    account = ledger.wallet_account(market.session, payer.provider_id)  # type: ignore[arg-type]
    moved = ledger.post(
        market.session, actor=SYSTEM, debit=account, credit=ledger.house_account(market.session, "revenue", now=market.now),
        amount_cents=900 if wrong == "another price" else 1_000, kind="plan_fee" if wrong == "no charge" else "lead_charge",
        idempotency_key="sale", reference_type="assignment", reference_id=uuid7() if wrong == "another sale" else sale,
        now=market.now,
    )  # fmt: skip
    named = {"id": sale, "p": buyer.provider_id, "lead": lead.id, "t": moved.id}
    market.session.execute(text("update slot set state = 'sold', provider_id = :p where lead_id = :lead and slot_no = 1"), named)
    bought = """insert into assignment
                  (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, transfer_id, assigned_at)
                select :id, l.id, :p, 1, 'marketplace', l.niche_id, 1000, :t, now() from lead l where l.id = :lead"""
    with pytest.raises(IntegrityError) as refused, market.session.begin_nested():
        market.session.execute(text(bought), named)
    assert constraint_of(refused.value) == "purchase_is_paid"


def test_what_never_comes_back_is_no_supply_any_more(market: Market) -> None:
    gone, aside, back = market.listed(), market.listed(), market.listed()
    state = text("select state from listing where lead_id = :lead")
    end(market.session, gone, "withdrawn", market.now)
    for lead in (aside, back):
        end(market.session, lead, "quarantined", market.now)
    end(market.session, aside, "withdrawn", market.now)
    leads.release(market.session, actor=SYSTEM, lead_id=back.id, now=market.now)
    found = [market.session.execute(state, {"lead": lead.id}).scalar_one() for lead in (gone, aside, back)]
    assert found == ["closed", "closed", "open"]


def test_a_listing_past_its_end_is_held_by_nobody_new_and_stays_for_whoever_holds_it(market: Market) -> None:
    lead, holder, late = market.listed(), market.buyer(), market.buyer()
    ends = market.now - OPENED + timedelta(days=30)
    marketplace.hold(market.session, actor=holder, lead_id=lead.id, now=ends - timedelta(minutes=5))
    with pytest.raises(marketplace.NotOnSale):
        marketplace.hold(market.session, actor=late, lead_id=lead.id, now=ends)
    assert inventory.close_stale_listings(market.session, now=ends + timedelta(minutes=5)) == 0
    bought = {"idempotency_key": "press", "now": ends + timedelta(minutes=5)}
    assert marketplace.checkout(market.session, actor=holder, **bought).assignment_ids  # type: ignore[arg-type]
    assert inventory.close_stale_listings(market.session, now=ends + timedelta(minutes=5)) == 1
    assert market.states(lead.id) == ["sold", "void"]
    assert_whole(market.session)
