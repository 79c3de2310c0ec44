"""Wallet and Billing: what their buttons do, and what they say when core refuses (SPEC 6)."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from core import ledger, payments
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.dashboard.conftest import Open, press, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.world import World

WALLET = ["Balance", "Add money", "Plan", "Statements", "Reminder and top-up", "Ceilings"]
BILLING = ["Wallets", "Payments", "Plans and packs", "Partners", "Accounts"]


@pytest.fixture(scope="module", autouse=True)
def _gateways() -> Any:
    """Payments are set up; nothing is sent to them by starting a deposit."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
            patch.setenv(name, "sk_test_pages" if "KEY" in name else "whsec_pages")
        yield


def fill(page: Any, **fields: str) -> None:
    for label, value in fields.items():
        next(field for field in page.text_input if field.label == label.replace("_", " ")).set_value(value)


@pytest.mark.parametrize("tab", WALLET)
def test_every_tab_of_the_wallet_opens(open_page: Open, tab: str) -> None:
    page = open_page("provider", "wallet", wallet=tab)
    sound(page)
    assert not page.error


@pytest.mark.parametrize("role", ["admin", "analyst"])
@pytest.mark.parametrize("tab", BILLING)
def test_every_tab_of_billing_opens(open_page: Open, role: str, tab: str) -> None:
    page = open_page(role, "billing", billing=tab)
    sound(page)
    assert not page.error


def test_a_pack_becomes_a_deposit_that_waits_for_its_payment(open_page: Open, world: World) -> None:
    with transaction() as session:
        pack = payments.list_packs(session)[1]
    page = open_page("provider", "wallet", wallet="Add money")
    assert f"+ {ledger_money(pack.bonus_cents)} bonus" in words(page)
    page.button(key=f"pay-stripe-{pack.id}").click().run()
    sound(page)
    row = one("select id, amount_cents, bonus_cents, status from deposit where provider_id = :p", p=world.provider)
    assert (row.amount_cents, row.bonus_cents, row.status) == (pack.amount_cents, pack.bonus_cents, "pending")
    assert page.query_params["deposit"] == str(row.id)
    assert "Ready to pay" in words(page)


def ledger_money(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def test_an_amount_too_small_is_refused_beside_its_field(open_page: Open) -> None:
    page = open_page("provider", "wallet", wallet="Add money")
    fill(page, Amount="$5")
    press(page, "Add this amount")
    assert "Enter an amount from $10.00" in words(page)


def test_the_plan_changes_at_its_price(open_page: Open, world: World) -> None:
    page = open_page("provider", "wallet", wallet="Plan")
    page.button(key="do-plan-pro").click().run()
    sound(page)
    assert said(page) == "You are on Pro."
    assert one("select plan_key from membership where provider_id = :p and ended_at is null", p=world.provider).plan_key == "pro"
    page.button(key="do-plan-starter").click().run()
    assert "You change to Starter on" in said(page)
    assert "Until then you keep Pro" in words(page)
    press(page, "Stay on Pro")
    assert one("select next_plan_key from membership where ended_at is null").next_plan_key is None


def test_the_reminder_is_saved(open_page: Open, world: World) -> None:
    page = open_page("provider", "wallet", wallet="Reminder and top-up")
    fill(page, Remind_us_below="$75.50")
    press(page, "Save the reminder")
    assert said(page) == "The reminder is saved."
    assert one("select low_balance_cents from wallet where provider_id = :p", p=world.provider).low_balance_cents == 7_550
    fill(page, Remind_us_below="soon")
    press(page, "Save the reminder")
    assert "Enter an amount" in words(page)


def test_automatic_top_up_takes_a_card_and_a_yes(open_page: Open, world: World) -> None:
    page = open_page("provider", "wallet", wallet="Reminder and top-up")
    assert "No saved card" in words(page)
    with transaction() as session:
        card = payments.Card("cus_1", "pm_1", "visa", "4242", "2031-05")
        payments.save_method(session, actor=SYSTEM, provider_id=world.provider, card=card, now=utc_now())
    page = open_page("provider", "wallet", wallet="Reminder and top-up")
    press(page, "Switch it on")
    assert "Tick the box" in words(page)
    page.checkbox(key="top-up-agreed").check()
    press(page, "Switch it on")
    assert said(page) == "Automatic top-up is on."
    mandate = one("select wording, amount_cents from top_up_mandate where provider_id = :p", p=world.provider)
    assert "Visa ending in 4242 with $250.00" in mandate.wording and mandate.amount_cents == 25_000
    page.button(key="do-top-up-off").click().run()
    assert one("select enabled from top_up where provider_id = :p", p=world.provider).enabled is False


def test_a_wallet_is_frozen_and_released_with_a_reason(open_page: Open, world: World) -> None:
    page = open_page("admin", "billing", wallet=str(world.newcomer))
    fill(page, Reason="why")
    press(page, "Freeze this wallet")
    assert "10 to 500" in words(page)
    fill(page, Reason="a chargeback to look at")
    press(page, "Freeze this wallet")
    assert "frozen" in words(page).lower()
    fill(page, Reason="the bank took it back")
    press(page, "Release this wallet")
    assert one("select frozen_at from wallet where provider_id = :p", p=world.newcomer).frozen_at is None
    mail = one("select payload -> 'context' ->> 'reason' as reason from outbox where payload ->> 'template' = 'wallet_frozen'")
    assert mail.reason == "a chargeback to look at"


def test_a_wallet_that_owes_and_is_held_for_another_reason_is_released_first(open_page: Open, world: World) -> None:
    about = {"actor": SYSTEM, "provider_id": world.newcomer, "now": utc_now()}
    wallet = "select balance_cents, frozen_at from wallet where provider_id = :p"
    held = one(wallet, p=world.newcomer).balance_cents
    with transaction() as session:
        owing = {"debit": ledger.receivable_account(session, world.newcomer, now=utc_now()), "kind": "chargeback"}
        owing["credit"] = ledger.house_account(session, "gateway", name="stripe", now=utc_now())
        ledger.post(session, actor=SYSTEM, amount_cents=2_000, idempotency_key=str(uuid7()), now=utc_now(), **owing)
        ledger.freeze(session, reason="Bought by a stranger.", **about)
    page = open_page("admin", "billing", wallet=str(world.newcomer))
    settle, release = "Settle the $20.00 owed", "Release this wallet"
    page.text_input(key=f"why-{settle}").set_value("The bank took it back.")
    press(page, settle)
    assert "Bought by a stranger." in words(page) and "release it" in words(page)
    page.text_input(key=f"why-{release}").set_value("It was the owner.")
    press(page, release)
    page.text_input(key=f"why-{settle}").set_value("The bank took it back.")
    press(page, settle)
    left = one(wallet, p=world.newcomer)
    assert (left.balance_cents, left.frozen_at) == (held - 2_000, None)


def test_an_analyst_reads_billing_but_changes_nothing(open_page: Open, world: World) -> None:
    for query in ({"wallet": str(world.provider)}, {"billing": "Plans and packs"}, {"billing": "Partners"}):
        page = open_page("analyst", "billing", **query)
        sound(page)
        assert not [button for button in page.button if button.label.startswith(("Save", "Add the", "Freeze", "Credit", "Debit"))]


def test_a_plan_and_a_pack_are_edited(open_page: Open) -> None:
    page = open_page("admin", "billing", billing="Plans and packs")
    page.segmented_control(key="plan").set_value("enterprise").run()
    fill(page, Fee_a_month="$450")
    press(page, "Save the plan")
    assert said(page) == "The plan is saved."
    assert one("select fee_cents from plan where key = 'enterprise'").fee_cents == 45_000
    page.segmented_control(key="pack").set_value("new").run()
    next(field for field in reversed(page.text_input) if field.label == "Name").set_value("Convoy")
    fill(page, Deposit="$5,000", Bonus="$600")
    press(page, "Add the pack")
    assert one("select bonus_cents from credit_pack where name = 'Convoy'").bonus_cents == 60_000


def test_a_partner_is_added_and_its_month_opens(open_page: Open) -> None:
    page = open_page("admin", "billing", billing="Partners")
    fill(page, Name="Referral Works")
    next(field for field in page.text_input if field.label == "Share, %").set_value("a lot")
    press(page, "Add the partner")
    assert "0 to 100 percent" in words(page)
    next(field for field in page.text_input if field.label == "Share, %").set_value("12.5")
    press(page, "Add the partner")
    made = one("select id from partner where name = 'Referral Works'").id
    page = open_page("admin", "billing", billing="Partners", partner=str(made))
    sound(page)
    assert "Referral Works by month" in words(page)


def test_drift_is_shown_loudly(open_page: Open, world: World) -> None:
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(text("update wallet set balance_cents = 4200 where provider_id = :p"), {"p": world.newcomer})
    page = open_page("admin", "billing", state="Not what the books say")
    assert [error.value for error in page.error if "1 wallet shown here does not hold" in error.value]
    with transaction() as session:
        memo = "put right by the test"
        ledger.unfreeze(session, actor=SYSTEM, provider_id=world.newcomer, memo=memo, now=utc_now())
    assert not open_page("admin", "billing", state="Not what the books say").error


def test_bad_addresses_of_billing_are_told_in_words(open_page: Open) -> None:
    for value in ("not-an-id", str(uuid4()), str(uuid7())):
        sound(open_page("admin", "billing", wallet=value))
        sound(open_page("admin", "billing", billing="Payments", of=value))
        sound(open_page("provider", "wallet", wallet="Add money", deposit=value))
