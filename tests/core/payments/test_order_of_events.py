"""Whatever the order in which a deposit's events come, and however often: the books end as the gateways say (SPEC 6.2)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests.builders import a_user, fund
from tests.core.payments.paying import Payer, a_deposit, a_payer, accounts, balance, paid_by, ref_of, row, take
from tests.core.payments.stories import STORIES, tell


def begin(session: Session, gateways: Gateways, name: str) -> tuple[Payer, object, list[Signed]]:
    gateway, steps, _ = STORIES[name]
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, gateway, bonus=500)
    return payer, deposit, tell(gateways, gateway, ref_of(session, deposit), steps)


def check(session: Session, payer: Payer, deposit: object, name: str) -> None:
    gateway, _, owed = STORIES[name]
    found = row(session, deposit)  # type: ignore[arg-type]
    frozen = ledger.balance(session, actor=payer.actor, provider_id=payer.provider).frozen_at is not None
    if owed is None:
        assert (found.status, accounts(session, payer), frozen) == ("failed", {}, False)
        return
    back = 500 * owed // 10_000  # of the bonus: its share of what was taken back
    books = {"wallet": 10_500, "receivable": -owed - back, gateway: owed - 10_000, "bonus": back - 500}
    assert found.status == "completed" and not found.problem
    assert (found.reversed_cents, found.bonus_reversed_cents) == (owed, back)
    assert accounts(session, payer) == {name: cents for name, cents in books.items() if cents}
    assert frozen == (owed > 0)
    assert all(fine.ok for fine in payments.verify(session))


@pytest.mark.parametrize("name", STORIES)
def test_in_order(session: Session, gateways: Gateways, name: str) -> None:
    payer, deposit, told = begin(session, gateways, name)
    take(session, *told)
    check(session, payer, deposit, name)


@pytest.mark.parametrize("name", STORIES)
def test_backwards_and_twice(session: Session, gateways: Gateways, name: str) -> None:
    payer, deposit, told = begin(session, gateways, name)
    take(session, *reversed(told), *told)
    check(session, payer, deposit, name)


def test_in_any_order_any_number_of_times(session: Session, gateways: Gateways) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def shuffled(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(STORIES)))
        with session.begin_nested() as savepoint:
            payer, deposit, told = begin(session, gateways, name)
            order = data.draw(st.permutations(range(len(told))))
            again = data.draw(st.lists(st.sampled_from(range(len(told))), max_size=4))
            take(session, *(told[number] for number in [*order, *again]))
            check(session, payer, deposit, name)
            savepoint.rollback()

    shuffled()


def test_a_refund_before_the_payment_waits_for_it(session: Session, gateways: Gateways) -> None:
    payer, _, told = begin(session, gateways, "card: refunded in two parts")
    refunds = [signed for signed in told if signed.kind == "refund.created"]
    assert take(session, *refunds) == ["noted", "noted"] and accounts(session, payer) == {}
    paid = [signed for signed in told if signed.kind == "payment_intent.succeeded"]
    assert take(session, *paid) == ["completed"]
    assert accounts(session, payer)["receivable"] == -5_250


def test_a_bonus_goes_back_in_whole_cents_and_wholly_with_the_last_of_its_deposit(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, bonus=333)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    intent = str(row(session, deposit).payment_ref)
    for part, back in ((101, 3), (4_899, 166), (4_999, 332), (1, 333)):
        take(session, *(told := gateways.stripe.refund(intent, part)), *told)
        found = row(session, deposit)
        assert found.bonus_reversed_cents == back
        assert accounts(session, payer)["receivable"] == -found.reversed_cents - back
        assert all(fine.ok for fine in payments.verify(session))
    assert accounts(session, payer) == {"wallet": 10_333, "receivable": -10_333}


def test_a_bonus_that_was_spent_is_owed(session: Session, gateways: Gateways) -> None:
    now = clock.utc_now()
    admin = Actor(user_id=a_user(session, now).id, role="admin")
    payer = a_payer(session, now)
    deposit = a_deposit(session, payer, bonus=5_000)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    ledger.debit_manually(
        session, actor=admin, provider_id=payer.provider, amount_cents=15_000, memo="All is spent.", idempotency_key="s", now=now
    )
    told = gateways.stripe.dispute(str(row(session, deposit).payment_ref))
    take(session, *told)
    assert ledger.owed(session, payer.provider) == 15_000 and balance(session, payer) == 0
    mail = session.scalars(text("select payload->'context'->>'reason' from outbox where payload->>'template' = 'wallet_frozen'"))
    assert mail.one() == "$100.00 were taken back by the bank or the gateway, and with them a bonus of $50.00."
    take(session, *gateways.stripe.close_dispute(told[0].event["data"]["object"]["id"], won=True))
    assert ledger.owed(session, payer.provider) == 0 and row(session, deposit).bonus_reversed_cents == 0
    assert ledger.balance(session, actor=payer.actor, provider_id=payer.provider).frozen_at is None
    assert all(fine.ok for fine in payments.verify(session))


def test_a_bonus_whose_way_back_is_missing_is_found(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, bonus=500)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    session.execute(text("update deposit set reversed_cents = 2500 where id = :id"), {"id": deposit})
    assert [fine.name for fine in payments.verify(session) if not fine.ok] == ["deposits", "reversals"]


def test_a_debt_is_settled_from_the_wallet_by_an_admin(session: Session, gateways: Gateways) -> None:
    now = clock.utc_now()
    admin = Actor(user_id=a_user(session, now).id, role="admin")
    payer = a_payer(session, now)
    deposit = a_deposit(session, payer)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    ledger.debit_manually(
        session, actor=admin, provider_id=payer.provider, amount_cents=7_000, memo="Spent on leads.", idempotency_key="s", now=now
    )
    take(session, *gateways.stripe.dispute(str(row(session, deposit).payment_ref)))
    with pytest.raises(ledger.WalletFrozen):
        ledger.debit_manually(
            session, actor=admin, provider_id=payer.provider, amount_cents=1, memo="Spent on more.", idempotency_key="t", now=now
        )
    settle = {"actor": admin, "provider_id": payer.provider, "memo": "Agreed by telephone.", "now": now}
    assert payments.settle_debt(session, **settle) == 7_000  # type: ignore[arg-type]
    view = ledger.balance(session, actor=admin, provider_id=payer.provider)
    assert (view.balance_cents, view.frozen_at is not None) == (0, True)
    fund(session, now, payer.provider, 9_000)
    assert payments.settle_debt(session, **settle) == 0  # type: ignore[arg-type]
    view = ledger.balance(session, actor=admin, provider_id=payer.provider)
    assert (view.balance_cents, view.frozen_at) == (2_000, None)
    with pytest.raises(payments.NothingOwed):
        payments.settle_debt(session, **settle)  # type: ignore[arg-type]
    assert balance(session, payer) == 2_000 and all(fine.ok for fine in payments.verify(session))


def test_a_freeze_for_another_reason_outlasts_a_won_dispute(session: Session, gateways: Gateways) -> None:
    now = clock.utc_now()
    payer = a_payer(session, now)
    deposit = a_deposit(session, payer)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    ledger.freeze(session, actor=SYSTEM, provider_id=payer.provider, reason="The balance had drifted.", now=now)
    told = gateways.stripe.dispute(str(row(session, deposit).payment_ref))
    take(session, *told)
    take(session, *gateways.stripe.close_dispute(told[0].event["data"]["object"]["id"], won=True))
    assert ledger.balance(session, actor=payer.actor, provider_id=payer.provider).frozen_at is not None
    assert accounts(session, payer) == {"wallet": 10_000, "stripe": -10_000}
