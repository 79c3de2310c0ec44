"""Holds: a slot for some minutes at a locked price, one extension, and a refusal in words for everything else (SPEC 9.2)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core import leads, ledger, marketplace, pricing
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.providers import ProviderNotActive
from tests import builders
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import Market


def hold(market: Market, actor: Actor, lead_id: object, after: timedelta = timedelta(0)) -> marketplace.Hold:
    return marketplace.hold(market.session, actor=actor, lead_id=lead_id, now=market.now + after)  # type: ignore[arg-type]


def test_a_hold_takes_a_slot_at_the_price_shown(market: Market) -> None:
    lead, buyer = market.listed(slots=2), market.buyer()
    pricing.reprice(market.session, [lead.id], now=market.now)
    mine = hold(market, buyer, lead.id)
    assert market.states(lead.id) == ["held", "free"]
    assert mine.expires_at == market.now + timedelta(minutes=10) and not mine.extended
    assert mine.price_cents == sum(line["cents"] for line in mine.quote["lines"]) == mine.quote["price_cents"]
    builders.set_price(market.session, 2 * mine.price_cents)
    cart = marketplace.cart(market.session, actor=buyer, now=market.now)
    assert cart.total_cents == mine.price_cents, "the price is locked"
    assert cart.lead_ids == (lead.id,) and (cart.size, cart.balance_cents) == (5, 100_000)
    assert marketplace.cart(market.session, actor=market.buyer(), now=market.now).items == (), "nobody else sees it"
    assert_whole(market.session)


def test_plans_hold_longer_and_pay_less(market: Market) -> None:
    lead = market.listed(slots=2)
    starter = hold(market, market.buyer(), lead.id)
    pro = hold(market, market.buyer(plan="pro"), lead.id)
    assert pro.expires_at - starter.expires_at == timedelta(minutes=10)
    assert pro.price_cents == starter.price_cents - starter.price_cents * 5 // 100


def test_in_its_first_day_no_plan_pays_less_than_distribution_got(market: Market) -> None:
    market.world.buyer(balance_cents=10_000)
    lead = market.world.lead()
    market.world.run(lead)
    later = market.now + timedelta(hours=3)
    quote = pricing.quote(market.session, lead_id=lead.id, provider_id=market.buyer(plan="enterprise").provider_id, now=later)  # type: ignore[arg-type]
    assert quote.price_cents >= 4_000 and quote.floor_cents >= 4_000
    later += timedelta(days=1)
    quote = pricing.quote(market.session, lead_id=lead.id, provider_id=market.buyer(plan="enterprise").provider_id, now=later)  # type: ignore[arg-type]
    assert quote.price_cents < 4_000


def test_who_comes_second_is_told(market: Market) -> None:
    lead, first = market.listed(slots=1), market.buyer()
    hold(market, first, lead.id)
    with pytest.raises(marketplace.SlotTaken):
        hold(market, market.buyer(), lead.id)
    with pytest.raises(marketplace.HeldAlready):
        hold(market, first, lead.id)


def test_a_hold_that_ran_out_is_free_for_everybody_else_at_once(market: Market) -> None:
    lead, slow, quick = market.listed(slots=1), market.buyer(), market.buyer()
    hold(market, slow, lead.id)
    after = timedelta(minutes=10, seconds=1)
    with pytest.raises(marketplace.Lapsed, match="in 10 min"):
        hold(market, slow, lead.id, after)
    assert hold(market, quick, lead.id, after).slot_no == 1
    with pytest.raises(marketplace.SlotTaken):
        hold(market, slow, lead.id, timedelta(minutes=20))
    assert market.states(lead.id) == ["held"]


def test_ten_minutes_later_the_slow_one_may_try_again(market: Market) -> None:
    lead, slow = market.listed(slots=1), market.buyer()
    hold(market, slow, lead.id)
    assert marketplace.sweep_holds(market.session, now=market.now + timedelta(minutes=11)) == 1
    assert market.states(lead.id) == ["free"]
    with pytest.raises(marketplace.Lapsed, match="in 1 min"):
        hold(market, slow, lead.id, timedelta(minutes=19, seconds=30))
    assert hold(market, slow, lead.id, timedelta(minutes=20)).slot_no == 1


def test_a_hold_is_extended_once_from_its_end(market: Market) -> None:
    lead, buyer = market.listed(), market.buyer()
    hold(market, buyer, lead.id)
    longer = marketplace.extend_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=9))
    assert longer.extended and longer.expires_at == market.now + timedelta(minutes=20)
    with pytest.raises(marketplace.ExtendedAlready):
        marketplace.extend_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=19))
    with pytest.raises(marketplace.HoldGone):
        marketplace.extend_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=21))


def test_a_released_lead_may_be_held_again_by_anybody(market: Market) -> None:
    lead, buyer = market.listed(slots=1), market.buyer()
    hold(market, buyer, lead.id)
    with pytest.raises(marketplace.HoldGone):
        marketplace.release_hold(market.session, actor=market.buyer(), lead_id=lead.id, now=market.now)
    marketplace.release_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now)
    assert market.states(lead.id) == ["free"] and hold(market, buyer, lead.id).slot_no == 1


def test_out_of_the_cart_and_back_the_clock_goes_on(market: Market) -> None:
    lead, buyer, session = market.listed(slots=1), market.buyer(), market.session
    first = hold(market, buyer, lead.id)
    extended = marketplace.extend_hold(session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=5))
    marketplace.release_hold(session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=6))
    back = hold(market, buyer, lead.id, timedelta(minutes=7))
    assert back.expires_at == extended.expires_at == first.expires_at + timedelta(minutes=10) and back.extended
    with pytest.raises(marketplace.ExtendedAlready):
        marketplace.extend_hold(session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=8))
    marketplace.release_hold(session, actor=buyer, lead_id=lead.id, now=market.now + timedelta(minutes=19))
    with pytest.raises(marketplace.Lapsed, match="in 8 min"):
        hold(market, buyer, lead.id, timedelta(minutes=21))
    assert hold(market, market.buyer(), lead.id, timedelta(minutes=21)).expires_at == market.now + timedelta(minutes=31), (
        "not so for others"
    )
    marketplace.sweep_holds(session, now=market.now + timedelta(minutes=32))
    anew = hold(market, buyer, lead.id, timedelta(minutes=33))  # ten minutes after it was given back, and its clock is over
    assert anew.expires_at == market.now + timedelta(minutes=43) and not anew.extended


def test_early_access_is_for_the_plans_that_have_it(market: Market) -> None:
    lead = market.world.lead(slots=3)
    market.session.execute(text("select open_listing(:lead, 30::smallint, :now)"), {"lead": lead.id, "now": market.now})
    with pytest.raises(marketplace.EarlyAccess, match="in 60 min"):
        hold(market, market.buyer(), lead.id)
    with pytest.raises(marketplace.EarlyAccess, match="in 45 min"):
        hold(market, market.buyer(plan="pro"), lead.id)
    assert hold(market, market.buyer(plan="enterprise"), lead.id)
    assert hold(market, market.buyer(plan="pro"), lead.id, timedelta(minutes=45))
    assert hold(market, market.buyer(), lead.id, timedelta(minutes=60))


def test_the_cart_has_an_end_and_so_has_the_wallet(market: Market) -> None:
    buyer = market.buyer()
    for _ in range(5):
        hold(market, buyer, market.listed().id)
    with pytest.raises(marketplace.CartFull, match="holds 5 leads"):
        hold(market, buyer, market.listed().id)
    poor = market.buyer(balance_cents=5_000)
    hold(market, poor, market.listed().id)
    with pytest.raises(marketplace.BalanceTooLow, match="lacks"):
        hold(market, poor, market.listed().id)


def test_own_ceilings_are_kept_and_can_be_raised(market: Market) -> None:
    buyer, lead = market.buyer(), market.listed()
    marketplace.set_ceilings(market.session, actor=buyer, day_cents=2_000, month_cents=50_000, now=market.now)
    with pytest.raises(marketplace.CeilingReached, match=r"\$20\.00 a day"):
        hold(market, buyer, lead.id)
    found = marketplace.set_ceilings(market.session, actor=buyer, month_cents=50_000, now=market.now)
    assert (found.day_cents, found.month_cents, found.spent_day_cents) == (None, 50_000, 0)
    assert hold(market, buyer, lead.id)
    for day, month in ((50, None), (None, 10**12), (3_000, 2_000)):
        with pytest.raises(marketplace.CeilingInvalid):
            marketplace.set_ceilings(market.session, actor=buyer, day_cents=day, month_cents=month, now=market.now)


@pytest.mark.parametrize("status", ["pending_approval", "withdrawn", "quarantined", "closed"])
def test_what_is_not_on_sale_looks_like_nothing(market: Market, status: str) -> None:
    buyer = market.buyer()
    for lead_id in (uuid7(), market.world.lead(status=status, slots=2).id, market.world.lead(slots=2).id):
        with pytest.raises(marketplace.NotOnSale):
            hold(market, buyer, lead_id)
    assert market.states(lead_id) == ["free", "free"]


def test_who_may_hold(market: Market) -> None:
    lead, buyer = market.listed(), market.buyer()
    for stranger in (Actor(uuid7(), "admin"), Actor(uuid7(), "analyst"), Actor(uuid7(), "provider")):
        with pytest.raises(Forbidden):
            hold(market, stranger, lead.id)
    market.session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": buyer.provider_id})
    with pytest.raises(ProviderNotActive):
        hold(market, buyer, lead.id)


def test_a_frozen_wallet_takes_no_place_from_others(market: Market) -> None:
    lead, buyer = market.listed(slots=1), market.buyer()
    reason = "A payment was taken back."
    ledger.freeze(market.session, actor=SYSTEM, provider_id=buyer.provider_id, reason=reason, now=market.now)  # type: ignore[arg-type]
    with pytest.raises(ledger.WalletFrozen):
        hold(market, buyer, lead.id)
    assert market.states(lead.id) == ["free"]


def test_who_can_not_buy_any_more_keeps_no_place_longer(market: Market) -> None:
    lead, buyer = market.listed(slots=1), market.buyer()
    until = hold(market, buyer, lead.id).expires_at
    about: dict[str, Any] = {"actor": SYSTEM, "provider_id": buyer.provider_id, "now": market.now}
    ledger.freeze(market.session, reason="A payment was taken back.", **about)
    with pytest.raises(ledger.WalletFrozen):
        marketplace.extend_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now)
    ledger.unfreeze(market.session, memo="It was given again.", **about)
    market.session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": buyer.provider_id})
    with pytest.raises(ProviderNotActive):
        marketplace.extend_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now)
    assert market.session.execute(text("select expires_at from slot")).scalar_one() == until


def test_a_cart_of_one_has_room_for_one(market: Market) -> None:
    market.session.execute(text("update plan set cart_size = 1 where key = 'starter'"))
    first, second, buyer = market.listed(), market.listed(), market.buyer()
    hold(market, buyer, first.id)
    with pytest.raises(marketplace.CartFull):
        hold(market, buyer, second.id)


def test_a_person_who_may_not_be_contacted_is_not_held(market: Market) -> None:
    lead, buyer = market.listed(), market.buyer()
    market.session.execute(text("update lead set do_not_sell = true where id = :id"), {"id": lead.id})
    with pytest.raises(leads.NotForSale):
        hold(market, buyer, lead.id)


def test_distribution_sees_a_hold_and_takes_over_one_that_ran_out(market: Market) -> None:
    lead, buyer = market.listed(slots=2), market.buyer()
    hold(market, buyer, lead.id)
    first, second = market.world.buyer(), market.world.buyer()
    assert market.world.run(lead).assigned == 1 and market.states(lead.id) == ["held", "sold"]
    assert market.world.status(lead) == "approved", "the held slot may still come free"
    market.world.run(lead, now=market.now + timedelta(minutes=11))
    assert market.states(lead.id) == ["sold", "sold"] and market.world.status(lead) == "sold_out"
    assert sorted(market.world.sold_to(lead.id)) == sorted([first.id, second.id])
    assert_whole(market.session)


def test_distribution_may_sell_to_the_company_whose_hold_ran_out(market: Market) -> None:
    lead = market.listed(slots=2)
    company = market.world.buyer()
    mine = Actor(uuid7(), "provider", company.id)
    market.session.execute(
        text("""update slot set state = 'held', provider_id = :p, expires_at = :until, held_at = :now,
                                quote = '{"price_cents": 900, "lines": [{"cents": 900}]}'
                 where lead_id = :lead and slot_no = 2"""),
        {"p": mine.provider_id, "until": market.now - timedelta(minutes=1), "now": market.now, "lead": lead.id},
    )
    assert market.world.run(lead).assigned == 1 and market.states(lead.id) == ["sold", "free"]


def test_the_database_keeps_a_hold_whole(market: Market) -> None:
    lead = market.listed()
    for wrong in ("expires_at = now()", "held_at = now()", "quote = '{}'", "extended_at = now()"):
        with pytest.raises(IntegrityError), market.session.begin_nested():
            market.session.execute(text(f"update slot set {wrong} where lead_id = :lead"), {"lead": lead.id})
