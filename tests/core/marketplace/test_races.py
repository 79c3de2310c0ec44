"""Distribution, holds and checkouts race for the same slots on connections of their own (SPEC 5.3, 9.2, 9.3).

Every day with twelve workers, which is enough for each refusal to be met.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from core import distribution, ledger, marketplace
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from tests.at_once import at_once, each_at_once
from tests.core.distribution.crowd import distribute
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import a_market
from tests.eventually import eventually, waits_for

EXPECTED = {
    "listing.taken", "listing.not_found", "cart.held", "cart.bought", "cart.full", "cart.balance", "cart.empty", "cart.refused",
    "cart.gone", "cart.lapsed",
}  # fmt: skip


def test_the_last_slot_goes_to_exactly_one(database: Engine, now: datetime) -> None:
    with transaction() as session:
        market = a_market(session, now)
        lead_id, buyers = market.listed(slots=1).id, [market.buyer() for _ in range(8)]

    def grab(actor: Actor) -> str:
        try:
            with transaction() as session:
                marketplace.hold(session, actor=actor, lead_id=lead_id, now=now)
        except HotleadsError as refusal:
            return refusal.code
        return "held"

    assert Counter(each_at_once(grab, buyers)) == {"held": 1, "listing.taken": 7}


@pytest.mark.parametrize("bound", ["balance", "cart", "ceiling"])
def test_two_leads_held_at_once_are_both_counted(database: Engine, now: datetime, bound: str) -> None:
    """The second hold waits for the first and then looks at what is held by then, not at what was when it began to wait."""
    with transaction() as session:
        market = a_market(session, now)
        buyer = market.buyer(balance_cents=100_000)
        price = marketplace.hold(session, actor=buyer, lead_id=market.listed().id, now=now).price_cents
        first, second = (market.listed().id for _ in range(2))
        if bound == "balance":
            provider = market.world.session.execute(text("select provider_id from slot where state = 'held'")).scalar_one()
            admin = Actor(SYSTEM.user_id, "admin")
            ledger.debit_manually(
                session, actor=admin, provider_id=provider, amount_cents=100_000 - 2 * price, memo="Taken out for the test.",
                idempotency_key="out", now=now,
            )  # fmt: skip
        elif bound == "cart":
            session.execute(text("update plan set cart_size = 2 where key = 'starter'"))
        else:
            marketplace.set_ceilings(session, actor=buyer, day_cents=2 * price, now=now)

    def hold_second() -> str:
        try:
            with transaction() as session:
                marketplace.hold(session, actor=buyer, lead_id=second, now=now)
        except HotleadsError as refusal:
            return refusal.code
        return "held"

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            marketplace.hold(session, actor=buyer, lead_id=first, now=now)
            other = pool.submit(hold_second)
            eventually(partial(waits_for, session))
        assert other.result() == {"balance": "cart.balance", "cart": "cart.full", "ceiling": "cart.ceiling"}[bound]


def test_one_press_from_two_devices_buys_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        market = a_market(session, now)
        buyer = market.buyer()
        marketplace.hold(session, actor=buyer, lead_id=market.listed().id, now=now)

    def press() -> marketplace.Checkout:
        with transaction() as session:
            return marketplace.checkout(session, actor=buyer, idempotency_key="both", now=now)

    answers = at_once(*[press] * 4)
    assert sorted(answer.repeated for answer in answers) == [False, True, True, True]
    with transaction() as session:
        assert session.execute(text("select count(*) from transfer where kind = 'lead_charge'")).scalar_one() == 1
        assert_whole(session)


def test_push_and_pull_never_sell_one_slot_twice(database: Engine, now: datetime) -> None:
    workers, rounds = 12, 12
    with transaction() as session:
        market = a_market(session, now)
        for _ in range(4):
            market.world.buyer()
        leads = [market.listed(slots=1 + number % 3).id for number in range(10)]
        buyers = [market.buyer(balance_cents=random.Random(number).choice((6_000, 60_000))) for number in range(workers - 2)]

    def shopper(number: int, actor: Actor) -> Counter[str]:
        chance, seen = random.Random(number), Counter[str]()
        for turn in range(rounds):
            moment = now + timedelta(minutes=2 * turn)
            seen[act(chance, actor, leads, moment, f"{number}:{turn}")] += 1
        return seen

    def distributor(number: int) -> Counter[str]:
        for lead_id in leads[number::2]:
            with suppress(distribution.LeadNotDistributable):  # bought up by hand before its turn came
                distribute(lead_id, now + timedelta(minutes=number))
        return Counter()

    works = [*(partial(shopper, n, a) for n, a in enumerate(buyers)), *(partial(distributor, n) for n in range(2))]
    answers = sum(at_once(*works), Counter[str]())
    assert answers["held"] and answers["bought"], "something happened"
    refusals = {code for code in answers if code not in ("held", "bought")}
    assert refusals <= EXPECTED
    with transaction() as session:
        assert_whole(session)
        over = "select lead_id from slot group by lead_id having count(*) filter (where state = 'sold') > count(*)"
        assert session.execute(text(over)).all() == []
        twice = "select lead_id, provider_id from assignment group by 1, 2 having count(*) > 1"
        assert session.execute(text(twice)).all() == []
        assert session.execute(text("select min(balance_cents) from wallet")).scalar_one() >= 0


def act(chance: random.Random, actor: Actor, leads: list[UUID], moment: datetime, key: str) -> str:
    """Hold something, or buy what is held; what came of it in one word."""
    try:
        with transaction() as session:
            if chance.random() < 0.65:
                marketplace.hold(session, actor=actor, lead_id=chance.choice(leads), now=moment)
                return "held"
            marketplace.checkout(session, actor=actor, idempotency_key=key, now=moment)
            return "bought"
    except HotleadsError as refusal:
        return refusal.code
    except OperationalError as error:
        return f"database: {error.orig}"
