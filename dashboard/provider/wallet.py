"""Wallet: what is there, what it buys, how to add to it, the plan, and every movement (SPEC 6)."""

import streamlit as st

from core import ledger, payments, providers
from dashboard.components import figures, page
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.provider import deposits, plan, wallet_limits
from dashboard.provider.ceilings import ceilings
from dashboard.shared import wallet
from dashboard.shared.statements import statements

TAB = "wallet"
NAMES = ("Balance", "Add money", "Plan", "Statements", "Reminder and top-up", "Ceilings")


def show(user: CurrentUser) -> None:
    """Balance, what it buys, and a tab for each thing to do with it."""
    provider_id = user.actor.require_provider()
    with page.header("Wallet", "Your balance, what it buys, and every movement of it."):
        st.button("Add money", type="primary", icon=":material/add_card:", on_click=_open, args=("Add money",))
    held = read(ledger.balance, provider_id=provider_id)
    wallet.frozen_notice(held)
    stay = read(payments.membership_of)
    tiles([Tile("Balance", figures.money(held.balance_cents)), *_reach(held), _plan(stay), _reminder(held)], least=170)
    balance, add, tier, months, limits, own = st.tabs(list(NAMES), key=TAB, bind="query-params", on_change="rerun")
    if balance.open:
        with balance:
            wallet.balance_chart(provider_id, reminder_cents=held.low_balance_cents)
            page.section("Movements")
            wallet.movements(provider_id, for_buyer=True)
    if add.open:
        with add:
            deposits.add_money()
    if tier.open:
        with tier:
            plan.ladder()
    if months.open:
        with months:
            statements(provider_id)
    if limits.open:
        with limits:
            wallet_limits.limits(provider_id)
    if own.open:
        with own:
            ceilings()


def _open(name: str) -> None:
    st.session_state[TAB] = name


def _reach(held: ledger.WalletView) -> list[Tile]:
    """How many leads the balance pays for, at the prices of the running subscriptions."""
    prices = [view.price_cents for view in read(providers.subscriptions_of) if view.price_cents]
    if not prices:
        return []
    most, least = held.balance_cents // min(prices), held.balance_cents // max(prices)
    told = f"{most:,}" if most == least else f"{least:,} to {most:,}"
    return [Tile("Leads it buys", told, help="At the prices of your subscriptions")]


def _plan(stay: payments.MembershipView) -> Tile:
    until = f"Until {figures.day(stay.paid_until, year=False)}" if stay.paid_until else "No monthly fee"
    return Tile("Plan", stay.plan.name, beside=until)


def _reminder(held: ledger.WalletView) -> Tile:
    if not held.low_balance_cents:
        return Tile("Reminder", "Off", help="You get no mail when the balance runs low")
    words = "Below it now" if held.low else "You get one mail when the balance falls below it"
    return Tile("Reminder below", figures.money(held.low_balance_cents), help=words)
