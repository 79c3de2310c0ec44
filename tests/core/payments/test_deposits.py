"""A deposit from the first press to the wallet, by the real SDKs against the stub gateways (SPEC 6.2)."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit import clock, config
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from demo.gateways.app import Gateways
from tests.builders import a_user
from tests.core.payments.paying import (
    a_deposit,
    a_payer,
    accounts,
    balance,
    open_page,
    paid_by,
    ref_of,
    row,
    take,
)

BOTH = pytest.mark.parametrize("gateway", ["stripe", "paypal"])


@BOTH
def test_a_paid_deposit_is_in_the_wallet_once(session: Session, gateways: Gateways, gateway: str) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer, gateway, cents=25_000, bonus=1_000)
    assert row(session, deposit).status == "pending" and balance(session, payer) == 0
    take(session, *paid_by(gateways, session, deposit, gateway))
    assert accounts(session, payer) == {"wallet": 26_000, gateway: -25_000, "bonus": -1_000}
    done = row(session, deposit)
    assert (done.status, done.reversed_cents) == ("completed", 0) and done.payment_ref and done.completed_at
    mails = session.execute(text("select payload from outbox where kind = 'email'")).scalars().all()
    (mail,) = [mail for mail in mails if mail["template"] == "deposit_received"]
    assert mail["context"]["amount"] == "$250.00" and mail["context"]["bonus"] == "$10.00"
    assert mail["context"]["balance"] == "$260.00"
    assert all(check.ok for check in [*payments.verify(session), *ledger.verify(session)])


@BOTH
def test_the_same_deposit_opens_the_same_page(session: Session, gateways: Gateways, gateway: str) -> None:
    payer = a_payer(session, clock.utc_now())
    now = clock.utc_now()
    started = payments.start_deposit(session, actor=payer.actor, gateway=gateway, amount_cents=5_000, now=now)
    first = open_page(session, started.deposit_id, started.redirect_url)
    assert open_page(session, started.deposit_id, started.redirect_url) == first
    # Even when our note of it was lost: the gateway knows the deposit.
    session.execute(text("update deposit set gateway_ref = null, gateway_url = null where id = :d"), {"d": started.deposit_id})
    session.expire_all()
    assert open_page(session, started.deposit_id, started.redirect_url) == first


def test_stripe_is_told_what_it_needs_and_no_more(session: Session, gateways: Gateways) -> None:
    deposit = a_deposit(session, a_payer(session, clock.utc_now()), cents=12_345)
    told = gateways.stripe.sessions[ref_of(session, deposit)]
    assert (told["amount_total"], told["currency"], told["client_reference_id"]) == (12_345, "usd", str(deposit))
    assert f"/pay/{deposit}/done?key=" in told["success_url"] and f"/pay/{deposit}/cancelled?key=" in told["cancel_url"]
    assert told["keep"] is False


def test_paypal_is_told_the_exact_amount(session: Session, gateways: Gateways) -> None:
    deposit = a_deposit(session, a_payer(session, clock.utc_now()), "paypal", cents=10_005)
    unit = gateways.paypal.orders[ref_of(session, deposit)]["purchase_units"][0]
    assert unit["amount"] == {"currency_code": "USD", "value": "100.05"} and unit["custom_id"] == str(deposit)


@pytest.mark.parametrize("cents", [999, 0, -5_000, 1_000_001])
def test_amounts_out_of_bounds_are_refused(session: Session, gateways: Gateways, cents: int) -> None:
    payer = a_payer(session, clock.utc_now())
    with pytest.raises(payments.DepositInvalid) as refused:
        payments.start_deposit(session, actor=payer.actor, gateway="stripe", amount_cents=cents, now=clock.utc_now())
    assert refused.value.fields["amount_cents"] == "Enter an amount from $10.00 to $10,000.00."


def test_an_amount_or_a_pack_not_both_not_neither(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    for given in ({}, {"amount_cents": 5_000, "pack_id": uuid7()}):
        with pytest.raises(payments.DepositInvalid):
            payments.start_deposit(session, actor=payer.actor, gateway="stripe", now=clock.utc_now(), **given)  # type: ignore[arg-type]


def test_a_pack_is_kept_as_it_was(session: Session, gateways: Gateways) -> None:
    now, admin = clock.utc_now(), Actor(user_id=SYSTEM.user_id, role="admin")
    pack = payments.add_pack(session, actor=admin, name="Tried pack", amount_cents=30_000, bonus_cents=1_500, now=now)
    payer = a_payer(session, now)
    started = payments.start_deposit(session, actor=payer.actor, gateway="stripe", pack_id=pack.id, now=now)
    payments.edit_pack(session, actor=admin, pack_id=pack.id, bonus_cents=0, now=now)
    open_page(session, started.deposit_id, started.redirect_url)
    take(session, *paid_by(gateways, session, started.deposit_id, "stripe"))
    assert balance(session, payer) == 31_500
    payments.edit_pack(session, actor=admin, pack_id=pack.id, active=False, now=now)
    with pytest.raises(payments.PackNotFound):
        payments.start_deposit(session, actor=payer.actor, gateway="stripe", pack_id=pack.id, now=now)


def test_a_gateway_without_keys_says_what_is_missing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID"):
        monkeypatch.setenv(name, "")
    config.settings.cache_clear()
    assert payments.configured() == ()
    payer = a_payer(session, clock.utc_now())
    with pytest.raises(payments.GatewayNotConfigured, match="STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET"):
        payments.start_deposit(session, actor=payer.actor, gateway="stripe", amount_cents=5_000, now=clock.utc_now())
    with pytest.raises(payments.GatewayNotConfigured, match="PAYPAL_WEBHOOK_ID"):
        payments.verify_webhook("paypal", {}, b"{}", now=clock.utc_now())
    with pytest.raises(payments.DepositInvalid):
        payments.start_deposit(session, actor=payer.actor, gateway="cash", amount_cents=5_000, now=clock.utc_now())
    config.settings.cache_clear()


@BOTH
def test_a_gateway_that_is_down_is_one_sentence(session: Session, gateways: Gateways, gateway: str) -> None:
    payer = a_payer(session, clock.utc_now())
    started = payments.start_deposit(session, actor=payer.actor, gateway=gateway, amount_cents=5_000, now=clock.utc_now())
    gateways.down = True
    with pytest.raises(payments.GatewayUnreachable, match="Nothing was charged"):
        open_page(session, started.deposit_id, started.redirect_url)
    gateways.down = False
    assert open_page(session, started.deposit_id, started.redirect_url).url
    assert row(session, started.deposit_id).status == "pending"


@BOTH
def test_wrong_keys_are_one_sentence_too(
    session: Session, gateways: Gateways, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_other")
    monkeypatch.setenv("PAYPAL_CLIENT_SECRET", "other")
    config.settings.cache_clear()
    payer = a_payer(session, clock.utc_now())
    started = payments.start_deposit(session, actor=payer.actor, gateway=gateway, amount_cents=5_000, now=clock.utc_now())
    with pytest.raises(payments.GatewayUnreachable):
        open_page(session, started.deposit_id, started.redirect_url)


def test_who_may_see_and_start(session: Session, gateways: Gateways) -> None:
    now = clock.utc_now()
    mine, rival = a_payer(session, now), a_payer(session, now)
    deposit = a_deposit(session, mine)
    admin = Actor(user_id=a_user(session, now).id, role="admin")
    with pytest.raises(Forbidden):
        payments.start_deposit(session, actor=admin, gateway="stripe", amount_cents=5_000, now=now)
    assert [view.id for view in payments.deposits_of(session, actor=mine.actor)] == [deposit]
    assert payments.deposits_of(session, actor=rival.actor) == []
    assert payments.deposits_of(session, actor=rival.actor, provider_id=mine.provider) == []
    assert [view.id for view in payments.all_payments(session, actor=admin, provider_id=mine.provider, now=now)] == [deposit]
    assert payments.all_payments(session, actor=admin, status="completed", provider_id=mine.provider, now=now) == []
    with pytest.raises(Forbidden):
        payments.all_payments(session, actor=rival.actor, now=now)
    link = payments.deposits_of(session, actor=mine.actor)[0].pay_url
    assert link is not None
    with pytest.raises(payments.DepositNotFound):
        payments.opening(session, deposit_id=deposit, key=link.rsplit("key=", 1)[1][:-1] + "x")


def test_a_deposit_that_is_over_is_not_paid_again(session: Session, gateways: Gateways) -> None:
    payer = a_payer(session, clock.utc_now())
    deposit = a_deposit(session, payer)
    key = str(payments.deposits_of(session, actor=payer.actor)[0].pay_url).rsplit("key=", 1)[1]
    take(session, *paid_by(gateways, session, deposit, "stripe"))
    with pytest.raises(payments.DepositNotPayable, match="completed already"):
        payments.opening(session, deposit_id=deposit, key=key)
    assert payments.deposits_of(session, actor=payer.actor)[0].pay_url is None
