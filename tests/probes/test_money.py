"""Probes 3, 4, 5 and 7: money that is asked for by many at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import ledger, returns
from core.kit import clock
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from demo.gateways.app import Gateways
from jobs.work import work
from tests.at_once import together, until_somebody_waits
from tests.core.distribution.crowd import dealt_out, sales
from tests.core.distribution.world import a_world
from tests.core.payments.paying import a_deposit, a_payer, accounts, ref_of
from tests.core.payments.test_event_races import receive, waiting
from tests.core.returns.court import ADMIN, MEMO, a_court
from tests.core.returns.court import assert_whole as assert_refunds_whole

DEPOSITS = 40


def answer(act: Callable[[Session], object]) -> str:
    try:
        with transaction() as session:
            act(session)
        return "done"
    except HotleadsError as refusal:
        return type(refusal).__name__


def test_four_refunds_at_once_are_one(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        court = a_court(session, now, buyers=1)
        sale, ann = court.sold()[0].id, court.ann.provider_id
    assert ann is not None

    def refund(session: Session) -> object:
        return returns.refund(session, actor=ADMIN, assignment_id=sale, memo=MEMO, now=now)

    assert Counter(together(pool, [lambda: answer(refund)] * 4)) == {"done": 1, "RefundedAlready": 3}
    with transaction() as session:
        assert session.execute(text("select amount_cents from transfer where kind = 'refund'")).scalars().all() == [2500]
        assert ledger.balance(session, actor=SYSTEM, provider_id=ann).balance_cents == 100_000
        assert_refunds_whole(session)


def test_forty_deposits_at_once_are_all_kept(pool: ThreadPoolExecutor, gateways: Gateways) -> None:
    """Forty payments of one company, of different sums, each told twice by the gateway."""
    with transaction() as session:
        payer = a_payer(session, clock.utc_now())
        refs = [ref_of(session, a_deposit(session, payer, cents=1000 + n)) for n in range(DEPOSITS)]
    told = [signed for ref in refs for signed in gateways.stripe.pay(ref)]
    assert sum(pool.map(receive, told * 2)) == len(told)
    outcomes = Counter(pool.map(work, waiting() * 2))
    assert outcomes["done"] == len(told) and set(outcomes) <= {"done", "not_due", "lost"}
    with transaction() as session:
        total = sum(1000 + n for n in range(DEPOSITS))
        assert accounts(session, payer) == {"wallet": total, "stripe": -total}
        assert session.execute(text("select count(*) from transfer where kind = 'deposit'")).scalar_one() == DEPOSITS


def debit(session: Session, provider_id: object, now: datetime, key: str = "1") -> int | None:
    moved = ledger.debit_manually(
        session, actor=SYSTEM, provider_id=provider_id, amount_cents=2000, memo=MEMO, idempotency_key=key, now=now
    )  # type: ignore[arg-type]
    return moved.wallet_balance_cents


LOCK = text("select 1 from wallet where provider_id = :p for update")


def test_a_debit_under_a_lock_of_its_own_does_not_wait_for_itself(database: Engine, now: datetime) -> None:
    with transaction() as session:
        buyer = a_world(session, now).buyer(balance_cents=5000).id
    with transaction() as session:
        session.execute(text("set local lock_timeout = '10s'"))
        session.execute(LOCK, {"p": buyer})
        assert debit(session, buyer, now) == 3000
    with transaction() as session:
        assert ledger.balance(session, actor=SYSTEM, provider_id=buyer).balance_cents == 3000


def test_a_debit_under_anothers_lock_comes_after_it_and_sees_what_is_left(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        buyer = a_world(session, now).buyer(balance_cents=5000).id
    with transaction() as holder:
        holder.execute(LOCK, {"p": buyer})
        waits = pool.submit(answer, lambda session: debit(session, buyer, now, "second"))
        also = pool.submit(answer, lambda session: debit(session, buyer, now, "third"))
        until_somebody_waits()
        assert debit(holder, buyer, now, "first") == 3000
    assert Counter([waits.result(60), also.result(60)]) == {"done": 1, "InsufficientBalance": 1}


def test_scarce_money_is_used_up_and_never_overspent(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Twelve leads of two niches, and one wallet that can pay seven."""
    with transaction() as session:
        one = a_world(session, now)
        two = one.beside()
        buyer = one.buyer(one.level(1), two.level(1), balance_cents=7 * 2500 + 2499).id
        waiting_leads = [world.lead().id for _ in range(6) for world in (one, two)]
    dealt_out(pool, waiting_leads, now)
    assert sales() == {buyer: 7}
    with transaction() as session:
        assert ledger.balance(session, actor=SYSTEM, provider_id=buyer).balance_cents == 2499
