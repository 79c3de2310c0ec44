"""Automatic top-up of a saved card: agreed to, one try per crossing, within the day's cap, off after failures (SPEC 6.4)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from core import ledger, payments, providers
from core.kit import clock
from core.kit.actor import SYSTEM
from core.kit.ids import uuid7
from demo.gateways.app import Gateways
from tests.core.payments.paying import Payer, a_deposit, a_payer, balance, paid_by, row, take
from tests.queued import mails

WORDS = "I agree that my saved card is charged $100.00 whenever the balance falls below $50.00, at most $200.00 a day."
AGREED: dict[str, Any] = {"threshold_cents": 5_000, "amount_cents": 10_000, "daily_cap_cents": 20_000, "mandate_text": WORDS}


@pytest.fixture
def payer(session: Session, gateways: Gateways) -> Payer:
    """A provider with 200 USD whose card is saved and who agreed."""
    payer = a_payer(session, clock.utc_now(), balance_cents=10_000)
    deposit = a_deposit(session, payer, save_method=True)
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    keep_card(session, deposit)
    payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED)
    gateways.post.sent.clear()
    return payer


def keep_card(session: Session, deposit: UUID) -> None:
    """What the job ``payment.save_method`` does."""
    wanted = payments.card_to_keep(session, deposit_id=deposit)
    assert wanted is not None
    card = payments.card_of(wanted.payment_ref)
    payments.save_method(session, actor=SYSTEM, provider_id=wanted.provider_id, card=card, now=clock.utc_now())


def spend(session: Session, payer: Payer, cents: int) -> None:
    ledger.post(
        session,
        actor=SYSTEM,
        debit=ledger.wallet_account(session, payer.provider),
        credit=ledger.house_account(session, "revenue", now=clock.utc_now()),
        amount_cents=cents,
        kind="lead_charge",
        idempotency_key=str(uuid7()),
        now=clock.utc_now(),
    )


def asked(session: Session, payer: Payer) -> list[UUID]:
    """Open jobs that ask for a top-up now."""
    rows = session.execute(
        text("""select id from outbox where kind = 'payment.top_up' and payload ->> 'provider_id' = :p and state = 'ready'
                and run_at <= clock_timestamp()"""),
        {"p": str(payer.provider)},
    )
    return list(rows.scalars())


def run(session: Session, payer: Payer, gateways: Gateways, *, days: int = 0) -> payments.Charge | None:
    """What a worker does with the open job; the events that follow are taken in."""
    (job,) = asked(session, payer)
    now = clock.utc_now() + timedelta(days=days)
    charge = payments.begin_top_up(session, provider_id=payer.provider, job_id=job, now=now)
    if charge is not None:
        payments.note_charged(session, charge=charge, charged=payments.charge_saved(charge), now=now)
    session.execute(text("update outbox set state = 'done', finished_at = now() where id = :id"), {"id": job})
    take(session, *gateways.post.sent)
    gateways.post.sent.clear()
    return charge


def test_a_wallet_that_falls_below_is_topped_up(session: Session, gateways: Gateways, payer: Payer) -> None:
    assert asked(session, payer) == []
    spend(session, payer, 14_000)
    assert balance(session, payer) == 6_000 and asked(session, payer) == []
    spend(session, payer, 1_500)
    charge = run(session, payer, gateways)
    assert charge is not None and balance(session, payer) == 14_500
    done = row(session, charge.deposit_id)
    assert (done.kind, done.status, done.amount_cents) == ("top_up", "completed", 10_000)
    assert asked(session, payer) == []
    assert all(check.ok for check in payments.verify(session))


def test_one_try_per_crossing(session: Session, gateways: Gateways, payer: Payer) -> None:
    gateways.stripe.bad_methods.add(str(saved(session, payer)))
    spend(session, payer, 16_000)
    assert run(session, payer, gateways) is not None and balance(session, payer) == 4_000
    spend(session, payer, 1_000)
    assert asked(session, payer) == [], "below already: this is no crossing"
    view = payments.top_up_of(session, actor=payer.actor)
    assert view is not None and view.enabled and view.failures == 1
    (mail,) = mails(session, "top_up_failed")
    assert mail["context"]["amount"] == "$100.00" and "declined" in mail["context"]["reason"]


def test_a_job_that_runs_twice_charges_once(session: Session, gateways: Gateways, payer: Payer) -> None:
    spend(session, payer, 16_000)
    (job,) = asked(session, payer)
    charges = [payments.begin_top_up(session, provider_id=payer.provider, job_id=job, now=clock.utc_now()) for _ in range(3)]
    assert charges[0] is not None and charges == [charges[0]] * 3
    answers = {payments.charge_saved(charges[0]).payment_ref for _ in range(3)}
    assert len(answers) == 1
    take(session, *gateways.post.sent)
    assert balance(session, payer) == 14_000
    assert payments.begin_top_up(session, provider_id=payer.provider, job_id=job, now=clock.utc_now()) is None


def test_while_a_charge_is_under_way_no_second_one_begins(session: Session, gateways: Gateways, payer: Payer) -> None:
    spend(session, payer, 16_000)
    first = payments.begin_top_up(session, provider_id=payer.provider, job_id=uuid7(), now=clock.utc_now())
    assert first is not None
    assert payments.begin_top_up(session, provider_id=payer.provider, job_id=uuid7(), now=clock.utc_now()) is None


def test_the_cap_of_a_day_holds_and_tomorrow_it_goes_on(session: Session, gateways: Gateways, payer: Payer) -> None:
    for _ in range(2):
        spend(session, payer, balance(session, payer) - 1_000)
        assert run(session, payer, gateways) is not None
    spend(session, payer, balance(session, payer) - 1_000)
    assert run(session, payer, gateways) is None and balance(session, payer) == 1_000
    tomorrow = session.execute(
        text("select run_at::date - current_date from outbox where kind = 'payment.top_up' and key like :p and state = 'ready'"),
        {"p": f"{payer.provider}:%"},
    ).scalar_one()
    assert tomorrow == 1
    charge = payments.begin_top_up(session, provider_id=payer.provider, job_id=uuid7(), now=clock.utc_now() + timedelta(days=1))
    assert charge is not None


def test_one_that_does_not_reach_asks_for_the_next(session: Session, gateways: Gateways, payer: Payer) -> None:
    more = {"threshold_cents": 18_000, "daily_cap_cents": 20_000}
    spend(session, payer, 1_000)
    payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED | more)
    spend(session, payer, 18_500)
    assert run(session, payer, gateways) is not None and balance(session, payer) == 10_500
    assert run(session, payer, gateways) is not None and balance(session, payer) == 20_500
    assert asked(session, payer) == [], "it is above now"


def test_a_wallet_on_hold_is_topped_up_when_it_is_released(session: Session, gateways: Gateways, payer: Payer) -> None:
    spend(session, payer, 16_000)
    ledger.freeze(session, actor=SYSTEM, provider_id=payer.provider, reason="A look at its papers.", now=clock.utc_now())
    assert run(session, payer, gateways) is None
    ledger.unfreeze(session, actor=SYSTEM, provider_id=payer.provider, memo="All is well again.", now=clock.utc_now())
    assert run(session, payer, gateways) is not None and balance(session, payer) == 14_000


def test_nobody_s_card_is_charged_while_the_company_is_suspended(session: Session, gateways: Gateways, payer: Payer) -> None:
    spend(session, payer, 16_000)
    about: dict[str, Any] = {"actor": SYSTEM, "provider_id": payer.provider, "reason": "Its papers.", "now": clock.utc_now()}
    providers.set_status(session, status="suspended", **about)
    assert run(session, payer, gateways) is None and balance(session, payer) == 4_000
    providers.set_status(session, status="active", **about)
    assert run(session, payer, gateways) is not None and balance(session, payer) == 14_000


def test_repeated_failure_switches_it_off(session: Session, gateways: Gateways, payer: Payer) -> None:
    gateways.stripe.bad_methods.add(str(saved(session, payer)))
    for number in range(3):
        spend(session, payer, balance(session, payer) - 1_000)
        assert run(session, payer, gateways) is not None, number
        ledger.credit_manually(
            session, actor=SYSTEM, provider_id=payer.provider, amount_cents=9_000, memo="Paid by cheque.",
            idempotency_key=str(uuid7()), now=clock.utc_now(),
        )  # fmt: skip
    view = payments.top_up_of(session, actor=payer.actor)
    assert view is not None and not view.enabled and "3 times in a row" in str(view.off_reason)
    assert len(mails(session, "top_up_failed")) == 3
    spend(session, payer, balance(session, payer) - 1_000)
    assert asked(session, payer) == []
    again = payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED)
    assert again is not None and again.enabled and again.failures == 0 and len(asked(session, payer)) == 1


def test_a_success_forgets_failures(session: Session, gateways: Gateways, payer: Payer) -> None:
    card = str(saved(session, payer))
    gateways.stripe.bad_methods.add(card)
    spend(session, payer, 16_000)
    run(session, payer, gateways)
    ledger.credit_manually(
        session, actor=SYSTEM, provider_id=payer.provider, amount_cents=9_000, memo="Paid by cheque.",
        idempotency_key=str(uuid7()), now=clock.utc_now(),
    )  # fmt: skip
    gateways.stripe.bad_methods.clear()
    spend(session, payer, balance(session, payer) - 1_000)
    run(session, payer, gateways)
    view = payments.top_up_of(session, actor=payer.actor)
    assert view is not None and view.failures == 0 and balance(session, payer) == 11_000


def test_a_gateway_that_stays_away_is_told_like_a_failure(session: Session, gateways: Gateways, payer: Payer) -> None:
    spend(session, payer, 16_000)
    (job,) = asked(session, payer)
    charge = payments.begin_top_up(session, provider_id=payer.provider, job_id=job, now=clock.utc_now())
    assert charge is not None
    gateways.down = True
    with pytest.raises(payments.GatewayUnreachable):
        payments.charge_saved(charge)
    payments.give_up(session, job_id=job, now=clock.utc_now())
    payments.tell_unreachable(session, deposit_id=charge.deposit_id, now=clock.utc_now())
    (mail,) = mails(session, "top_up_failed")
    assert "could not be reached" in mail["context"]["reason"]
    assert row(session, charge.deposit_id).status == "pending", "only a signed event fails it"


def test_switched_off_nothing_is_asked_for(session: Session, gateways: Gateways, payer: Payer) -> None:
    view = payments.set_top_up(session, actor=payer.actor, enabled=False, now=clock.utc_now())
    assert view is not None and not view.enabled and view.off_reason == "Switched off by the provider."
    spend(session, payer, 19_000)
    assert asked(session, payer) == []


def test_without_its_card_it_switches_itself_off(session: Session, gateways: Gateways, payer: Payer) -> None:
    payments.remove_method(session, actor=payer.actor, now=clock.utc_now())
    with pytest.raises(payments.NoSavedMethod):
        payments.remove_method(session, actor=payer.actor, now=clock.utc_now())
    spend(session, payer, 16_000)
    assert asked(session, payer) == []
    view = payments.top_up_of(session, actor=payer.actor)
    assert view is not None and not view.enabled and view.card is None


def test_what_was_agreed_stays_word_for_word(session: Session, gateways: Gateways, payer: Payer) -> None:
    payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED | {"amount_cents": 15_000})
    kept = session.execute(
        text("select amount_cents, wording, agreed_by, host(ip) as ip from top_up_mandate where provider_id = :p order by id"),
        {"p": payer.provider},
    ).all()
    assert [line.amount_cents for line in kept] == [10_000, 15_000]
    assert all((line.wording, line.agreed_by, line.ip) == (WORDS, payer.actor.user_id, "127.0.0.1") for line in kept)
    with pytest.raises(exc.ProgrammingError), session.begin_nested():
        session.execute(text("delete from top_up_mandate"))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_cents": 999}, "amount_cents"),
        ({"amount_cents": 10_000_000}, "amount_cents"),
        ({"threshold_cents": 0}, "threshold_cents"),
        ({"daily_cap_cents": 9_999}, "daily_cap_cents"),
    ],
)
def test_amounts_that_make_no_sense(
    session: Session, gateways: Gateways, payer: Payer, changed: dict[str, int], field: str
) -> None:
    with pytest.raises(payments.TopUpInvalid) as refused:
        payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED | changed)
    assert field in refused.value.fields


def test_no_card_no_agreement(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    with pytest.raises(payments.NoSavedMethod, match="Save a card first"):
        payments.set_top_up(session, actor=payer.actor, enabled=True, now=clock.utc_now(), **AGREED)
    assert payments.set_top_up(session, actor=payer.actor, enabled=False, now=clock.utc_now()) is None
    with pytest.raises(payments.NoSavedMethod, match="Only a card"):
        payments.start_deposit(
            session, actor=payer.actor, gateway="paypal", amount_cents=5_000, save_method=True, now=clock.utc_now()
        )


def saved(session: Session, payer: Payer) -> str | None:
    method = payments.method_of(session, actor=payer.actor, provider_id=payer.provider)
    assert method is not None and (method.brand, method.last4, method.expires) == ("visa", "4242", "2031-12")
    return method.method_ref
