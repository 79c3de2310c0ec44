"""Checkout: all of the cart or nothing, once, at the prices that were held (SPEC 9.3)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from core import inbox, ledger, marketplace, niches
from core.kit.actor import SYSTEM, Actor
from core.kit.db import constraint_of
from core.kit.errors import Invalid
from core.kit.idempotency import KeyReused
from core.kit.ids import uuid7
from core.leads import Lead
from core.marketplace.checkout import _buy
from core.marketplace.holds import lock_own
from core.providers import ProviderNotActive
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import Market


def hold(market: Market, actor: Actor, *leads: Lead) -> int:
    """Hold these and return what they cost together, in cents."""
    held = [marketplace.hold(market.session, actor=actor, lead_id=lead.id, now=market.now) for lead in leads]
    return sum(each.price_cents for each in held)


def buy(
    market: Market, actor: Actor, key: str = "press", after: timedelta = timedelta(0), **more: object
) -> marketplace.Checkout:
    return marketplace.checkout(market.session, actor=actor, idempotency_key=key, now=market.now + after, **more)  # type: ignore[arg-type]


def balance(market: Market, actor: Actor) -> int:
    assert actor.provider_id
    return market.world.balance(actor.provider_id)


def test_the_cart_becomes_leads_in_the_inbox(market: Market) -> None:
    first, second, buyer = market.listed(slots=1), market.listed(slots=2), market.buyer()
    cost = hold(market, buyer, first, second)
    done = buy(market, buyer, after=timedelta(minutes=9))
    assert (done.total_cents, len(done.assignment_ids), done.repeated) == (cost, 2, False)
    assert balance(market, buyer) == 100_000 - cost
    rows = inbox.list_assignments(market.session, actor=buyer, channel="marketplace")
    assert {row.id for row in rows} == set(done.assignment_ids)
    unlike = """select count(*) from assignment a join lead l on l.id = a.lead_id join contact c on c.id = l.contact_id
                 where a.search_bits is distinct from c.search_bits"""
    assert market.session.scalar(text(unlike)) == 0, "the inbox can be searched for them"
    assert (market.world.status(first), market.world.status(second)) == ("sold_out", "approved")
    assert market.states(second.id) == ["sold", "free"]
    receipts = market.session.execute(text("select price_cents, receipt from assignment")).all()
    assert all(sum(line["cents"] for line in row.receipt["lines"]) == row.price_cents for row in receipts)
    assert marketplace.cart(market.session, actor=buyer, now=market.now).items == ()
    assert_whole(market.session)


def test_a_press_counts_once(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed())
    first = buy(market, buyer)
    hold(market, buyer, market.listed())
    again = buy(market, buyer)
    assert again.repeated and again.assignment_ids == first.assignment_ids
    assert balance(market, buyer) == 100_000 - first.total_cents
    other = market.buyer()
    hold(market, other, market.listed())
    assert not buy(market, other).repeated, "a key is a company's own"


def test_a_key_stands_for_one_purchase(market: Market) -> None:
    buyer, first, second = market.buyer(), market.listed(), market.listed()
    hold(market, buyer, first, second)
    done = buy(market, buyer, lead_ids=[first.id])
    assert buy(market, buyer, lead_ids=[first.id, first.id]).assignment_ids == done.assignment_ids
    for other in ([second.id], [first.id, second.id], None):
        with pytest.raises(KeyReused, match="other leads"):
            buy(market, buyer, lead_ids=other)
    assert balance(market, buyer) == 100_000 - done.total_cents
    for unusable in ("", "x" * 201, "a\nb"):
        with pytest.raises(Invalid, match="Idempotency-Key"):
            buy(market, buyer, key=unusable)


def test_who_was_suspended_meanwhile_buys_nothing(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed())
    market.session.execute(text("update provider set status = 'suspended' where id = :p"), {"p": buyer.provider_id})
    with pytest.raises(ProviderNotActive):
        buy(market, buyer)
    assert balance(market, buyer) == 100_000


def test_no_receipt_says_another_price(market: Market) -> None:
    buyer, lead = market.buyer(), market.listed(slots=1)
    hold(market, buyer, lead)
    wrong = "update slot set quote = jsonb_set(quote, '{price_cents}', '1')"
    with pytest.raises(IntegrityError, match="slot_quote"), market.session.begin_nested():
        market.session.execute(text(wrong))
    for bare in ("{}", '{"price_cents": 900}', '{"price_cents": 900, "lines": []}', '{"lines": [{"cents": 900}]}'):
        with pytest.raises(IntegrityError, match="slot_quote"), market.session.begin_nested():
            market.session.execute(text("update slot set quote = cast(:bare as jsonb)"), {"bare": bare})
    marketplace.publish(market.session, lead_ids=[lead.id], now=market.now)
    for table, wrong in (
        ("listing", "update listing set receipt = receipt - 'lines'"),
        (
            "price_history",
            "insert into price_history (lead_id, at, price_cents, receipt) select lead_id, now(), 5, '{}' from listing",
        ),
    ):
        with pytest.raises(IntegrityError, match=f"{table}_receipt"), market.session.begin_nested():
            market.session.execute(text(wrong))
    buy(market, buyer)
    wrong = "update assignment set receipt = jsonb_set(receipt, '{lines,0,cents}', '1')"
    with pytest.raises(IntegrityError, match="assignment_receipt"), market.session.begin_nested():
        market.session.execute(text("set local role none"))  # the application may not change a sale at all
        market.session.execute(text(wrong))


def test_nothing_is_bought_when_one_lead_can_not_be(market: Market) -> None:
    good, stale, gone = market.listed(), market.listed(slots=1), market.listed()
    buyer, other = market.buyer(), market.buyer()
    hold(market, buyer, stale)
    late = timedelta(minutes=5)
    for lead in (good, gone):
        marketplace.hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + late)
    market.session.execute(text("update lead set do_not_sell = true where id = :id"), {"id": gone.id})
    after = timedelta(minutes=11)
    marketplace.hold(market.session, actor=other, lead_id=stale.id, now=market.now + after)
    with pytest.raises(marketplace.CheckoutRefused) as refused, market.session.begin_nested():
        buy(market, buyer, after=after, lead_ids=[good.id, stale.id, gone.id])
    assert set(refused.value.reasons) == {stale.id, gone.id}
    assert "ran out" in refused.value.reasons[stale.id]
    assert balance(market, buyer) == 100_000 and market.states(good.id) == ["held", "free"]
    assert len(buy(market, buyer, after=after, lead_ids=[good.id]).assignment_ids) == 1
    assert_whole(market.session)


def test_the_moment_of_the_press_counts(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed(slots=1))
    assert buy(market, buyer, after=timedelta(minutes=10)).assignment_ids
    hold(market, buyer, market.listed(slots=1))
    with pytest.raises(marketplace.CartEmpty):
        buy(market, buyer, key="another", after=timedelta(minutes=10, microseconds=1))


def test_money_that_went_elsewhere_meanwhile_buys_nothing(market: Market) -> None:
    buyer = market.buyer(balance_cents=6_000)
    hold(market, buyer, market.listed())
    ledger.debit_manually(
        market.session, actor=SYSTEM, provider_id=buyer.provider_id, amount_cents=5_000,  # type: ignore[arg-type]
        memo="Paid by bank transfer.", idempotency_key="x", now=market.now,
    )  # fmt: skip
    with pytest.raises(marketplace.BalanceTooLow):
        buy(market, buyer)
    assert balance(market, buyer) == 1_000


def test_a_frozen_wallet_buys_nothing(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed())
    market.session.execute(
        text("update wallet set frozen_at = :now, frozen_reason = 'Chargeback' where provider_id = :p"),
        {"now": market.now, "p": buyer.provider_id},
    )
    with pytest.raises(ledger.WalletFrozen), market.session.begin_nested():
        buy(market, buyer)
    assert balance(market, buyer) == 100_000


def test_ceilings_count_what_was_bought_and_the_database_keeps_them(market: Market) -> None:
    buyer = market.buyer()
    cost = hold(market, buyer, market.listed(slots=1))
    buy(market, buyer)
    ceiling = cost + 100
    found = marketplace.set_ceilings(market.session, actor=buyer, day_cents=ceiling, month_cents=ceiling, now=market.now)
    assert (found.spent_day_cents, found.spent_month_cents) == (cost, cost)
    with pytest.raises(marketplace.CeilingReached):
        hold(market, buyer, market.listed())
    for limit in ("day", "month"):
        marketplace.set_ceilings(market.session, actor=buyer, now=market.now)
        lead = market.listed(slots=1)
        hold(market, buyer, lead)
        market.session.execute(text(f"update spend_ceiling set {limit}_cents = :c"), {"c": ceiling})
        with pytest.raises(IntegrityError) as refused, market.session.begin_nested():
            past_the_verbs(market, buyer, lead)
        assert constraint_of(refused.value) == f"spend_ceiling_{limit}"
        marketplace.release_hold(market.session, actor=buyer, lead_id=lead.id, now=market.now)


def past_the_verbs(market: Market, buyer: Actor, lead: Lead) -> None:
    """A purchase that asked nobody."""
    assert buyer.provider_id
    mine = lock_own(market.session, buyer.provider_id, lead.id, now=market.now)
    _buy(market.session, buyer, buyer.provider_id, mine, now=market.now)


def test_tomorrow_the_ceiling_of_the_day_is_new(market: Market) -> None:
    buyer, tomorrow = market.buyer(), timedelta(days=1)
    cost = hold(market, buyer, market.listed(slots=1))
    buy(market, buyer)
    marketplace.set_ceilings(market.session, actor=buyer, day_cents=cost * 3 // 2, now=market.now)
    lead = market.listed(slots=1)
    with pytest.raises(marketplace.CeilingReached):
        hold(market, buyer, lead)
    marketplace.hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + tomorrow)
    assert buy(market, buyer, key="tomorrow", after=tomorrow).assignment_ids


def test_what_was_bought_before_there_was_a_ceiling_counts_on_the_company_s_own_day(market: Market) -> None:
    buyer, evening = market.buyer(), timedelta(hours=7, minutes=30)  # 17:30 in Las Vegas, the next day in UTC
    interest = "insert into provider_interest (provider_id, niche_id, market_id) values (:p, :n, :m)"
    named = {"p": buyer.provider_id, "n": market.world.niche.id, "m": market.world.market.id}
    market.session.execute(text(interest), named)
    lead, night = market.listed(slots=1), timedelta(hours=15)
    cost = marketplace.hold(market.session, actor=buyer, lead_id=lead.id, now=market.now + evening).price_cents
    buy(market, buyer, after=evening)
    found = marketplace.set_ceilings(market.session, actor=buyer, day_cents=cost + 100, now=market.now + evening)
    assert (found.timezone, found.spent_day_cents) == ("America/Los_Angeles", cost)
    assert marketplace.cart(market.session, actor=buyer, now=market.now + night).ceilings.spent_day_cents == 0


def test_nobody_rewrites_what_a_company_has_spent(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed(slots=1))
    buy(market, buyer)
    for statement in ("update provider_spend set cents = 0", "delete from provider_spend"):
        with pytest.raises(ProgrammingError, match="permission denied"), market.session.begin_nested():
            market.session.execute(text(statement))


def test_a_checkout_is_never_rewritten(market: Market) -> None:
    buyer = market.buyer()
    hold(market, buyer, market.listed())
    buy(market, buyer)
    for wrong in ("update checkout set total_cents = 0", "delete from checkout"):
        with pytest.raises(Exception, match=r"append-only|permission denied"), market.session.begin_nested():
            market.session.execute(text(wrong))


def test_nobody_buys_what_is_in_anothers_cart(market: Market) -> None:
    lead, buyer, thief = market.listed(slots=2), market.buyer(), market.buyer()
    hold(market, buyer, lead)
    with pytest.raises(marketplace.CheckoutRefused):
        buy(market, thief, lead_ids=[lead.id])
    with pytest.raises(marketplace.CheckoutRefused):
        buy(market, thief, lead_ids=[uuid7()])
    with pytest.raises(marketplace.CartEmpty):
        buy(market, thief)


def test_an_exclusive_buyer_leaves_nothing_to_hold(market: Market) -> None:
    niche = market.world.beside()
    level = niche.level(1, price_cents=9_000, exclusive=True)
    niche.buyer(level)
    lead: UUID = niche.run().lead_id
    with pytest.raises(marketplace.NotOnSale):
        marketplace.hold(market.session, actor=market.buyer(), lead_id=lead, now=market.now + timedelta(hours=2))
    assert niches.levels_of(market.session, niche.niche.id)
