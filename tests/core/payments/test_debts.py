"""Debts of a company after chargebacks: settled from its wallet, given back when the dispute is won after all (SPEC 6.2)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import HotleadsError
from core.kit.ids import uuid7
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests.builders import a_user
from tests.core.payments.paying import Payer, a_deposit, a_payer, accounts, balance, paid_by, ref_of, row, take
from tests.core.payments.stories import STORIES, tell

MEMO = "Agreed by telephone."


@pytest.fixture
def admin(session: Session) -> Actor:
    return Actor(user_id=a_user(session, clock.utc_now()).id, role="admin")


def disputed(session: Session, gateways: Gateways, *, bonus: int = 0, spent: int = 0) -> tuple[Payer, str]:
    """A company whose deposit of 100 USD is disputed, when it has spent some of it, and the dispute's name."""
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, bonus=bonus)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    if spent:
        ledger.debit_manually(
            session, actor=SYSTEM, provider_id=payer.provider, amount_cents=spent, memo="Spent on leads.", idempotency_key="s",
            now=clock.utc_now(),
        )  # fmt: skip
    told = gateways.stripe.dispute(str(row(session, deposit).payment_ref))
    take(session, *told)
    return payer, told[0].event["data"]["object"]["id"]


def settle(session: Session, admin: Actor, payer: Payer) -> int:
    return payments.settle_debt(session, actor=admin, provider_id=payer.provider, memo=MEMO, now=clock.utc_now())


def whole(session: Session) -> bool:
    return all(check.ok for check in (*payments.verify(session), *ledger.verify(session)))


def test_what_was_settled_comes_back_when_the_dispute_is_won(session: Session, gateways: Gateways, admin: Actor) -> None:
    payer, dispute = disputed(session, gateways, bonus=500)
    assert settle(session, admin, payer) == 0 and balance(session, payer) == 0
    take(session, *gateways.stripe.close_dispute(dispute, won=True))
    assert balance(session, payer) == 10_500 and ledger.owed(session, payer.provider) == 0
    assert accounts(session, payer) == {"wallet": 10_500, "stripe": -10_000, "bonus": -500}
    assert whole(session)


def test_what_was_settled_in_part_comes_back_in_part(session: Session, gateways: Gateways, admin: Actor) -> None:
    payer, dispute = disputed(session, gateways, spent=7_000)
    assert settle(session, admin, payer) == 7_000 and balance(session, payer) == 0
    take(session, *gateways.stripe.close_dispute(dispute, won=True))
    view = ledger.balance(session, actor=admin, provider_id=payer.provider)
    assert (view.balance_cents, view.frozen_at, ledger.owed(session, payer.provider)) == (3_000, None, 0)
    assert whole(session)


def test_a_debt_that_another_dispute_left_is_paid_first(session: Session, gateways: Gateways, admin: Actor) -> None:
    payer, dispute = disputed(session, gateways)
    assert settle(session, admin, payer) == 0
    other = a_deposit(session, payer, cents=4_000)
    take(session, *paid_by(gateways, session, other, "stripe"))
    take(session, *gateways.stripe.dispute(str(row(session, other).payment_ref)))
    take(session, *gateways.stripe.close_dispute(dispute, won=True))
    assert ledger.owed(session, payer.provider) == 0 and balance(session, payer) == 4_000 + 6_000
    assert ledger.balance(session, actor=admin, provider_id=payer.provider).frozen_at is None
    assert whole(session)


def test_a_debt_is_not_the_way_out_of_another_hold(session: Session, gateways: Gateways, admin: Actor) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    reason = "Bought by somebody who is not of the company."
    payments.freeze_wallet(session, actor=admin, provider_id=payer.provider, reason=reason, now=clock.utc_now())
    take(session, *gateways.stripe.dispute(str(row(session, deposit).payment_ref)))
    with pytest.raises(ledger.WalletFrozen, match="not of the company"):
        settle(session, admin, payer)
    assert balance(session, payer) == 10_000
    ledger.unfreeze(session, actor=admin, provider_id=payer.provider, memo="It was the owner's sister.", now=clock.utc_now())
    assert settle(session, admin, payer) == 0 and balance(session, payer) == 0


def test_a_drift_found_meanwhile_outlasts_a_won_dispute(session: Session, gateways: Gateways) -> None:
    payer, dispute = disputed(session, gateways)
    session.execute(text("set local role none"))
    session.execute(text("update wallet set balance_cents = 10500 where provider_id = :p"), {"p": payer.provider})
    session.execute(text("set local role hotleads_app"))
    (drift,) = ledger.reconcile(session, now=clock.utc_now())
    assert not drift.corrected
    take(session, *gateways.stripe.close_dispute(dispute, won=True))
    assert ledger.balance(session, actor=SYSTEM, provider_id=payer.provider).frozen_at is not None, "an admin decides"


def test_an_admin_s_hold_on_top_outlasts_a_won_dispute(session: Session, gateways: Gateways, admin: Actor) -> None:
    payer, dispute = disputed(session, gateways)
    hold = {"actor": admin, "provider_id": payer.provider, "reason": "Three cards of three countries.", "now": clock.utc_now()}
    assert payments.freeze_wallet(session, **hold) is True  # type: ignore[arg-type]
    assert payments.freeze_wallet(session, **hold) is False  # type: ignore[arg-type]
    take(session, *gateways.stripe.close_dispute(dispute, won=True))
    held = ledger.balance(session, actor=SYSTEM, provider_id=payer.provider)
    assert held.frozen_at is not None and "three countries" in str(held.frozen_reason)


TELLS = [name for name in STORIES if name.startswith("card: ") and "pay" in STORIES[name][1]]


def test_nobody_ever_owes_less_than_nothing(session: Session, gateways: Gateways, admin: Actor) -> None:
    """Two deposits, their events in any order, and an admin who settles, releases and takes money in between."""

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def shuffled(data: st.DataObject) -> None:
        savepoint = session.begin_nested()
        payer, told, taken_back = a_payer(session, clock.utc_now()), [], 0
        for _ in range(2):
            gateway, steps, owed = STORIES[data.draw(st.sampled_from(TELLS))]
            told += tell(gateways, gateway, ref_of(session, a_deposit(session, payer, gateway, bonus=500)), steps)
            taken_back += (owed or 0) * 105 // 100
        for step in data.draw(st.permutations([*told, "settle", "settle", "release", "spend"])):
            if isinstance(step, Signed):
                take(session, step)
            else:
                act(session, admin, payer, step)
            assert ledger.owed(session, payer.provider) >= 0 and whole(session)
        books = accounts(session, payer)
        spent = books.get("adjustments", 0)
        assert ledger.owed(session, payer.provider) + 21_000 - balance(session, payer) - spent == taken_back
        if ledger.owed(session, payer.provider) == 0:
            assert ledger.balance(session, actor=admin, provider_id=payer.provider).frozen_at is None
        savepoint.rollback()

    shuffled()


def act(session: Session, admin: Actor, payer: Payer, step: str) -> None:
    about: dict[str, Any] = {"actor": admin, "provider_id": payer.provider, "memo": MEMO, "now": clock.utc_now()}
    verb = {"settle": payments.settle_debt, "release": ledger.unfreeze, "spend": ledger.debit_manually}[step]
    if step == "spend":
        about |= {"amount_cents": 4_000, "idempotency_key": str(uuid7())}
    with suppress(HotleadsError), session.begin_nested():
        verb(session, **about)
