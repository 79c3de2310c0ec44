"""Wallet: what is there, what it buys, and every movement (SPEC 6.1, 6.5)."""

import streamlit as st

from core import ledger, providers
from dashboard.components import figures, page
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.shared import wallet


def show(user: CurrentUser) -> None:
    """Balance, how it moved, and the list of movements."""
    provider_id = user.actor.require_provider()
    page.header("Wallet", "Your balance, what it buys, and every movement of it.")
    held = read(ledger.balance, provider_id=provider_id)
    wallet.frozen_notice(held)
    tiles([Tile("Balance", figures.money(held.balance_cents)), *_reach(held), _reminder(held)])
    st.info(
        "Deposits by card and PayPal are not open yet. Until then an administrator credits your wallet: "
        "ask the person who set up your account.",
        icon=":material/info:",
    )
    wallet.balance_chart(provider_id)
    page.section("Movements")
    wallet.movements(provider_id)


def _reach(held: ledger.WalletView) -> list[Tile]:
    """How many leads the balance pays for, at the prices of the running subscriptions."""
    prices = [view.price_cents for view in read(providers.subscriptions_of) if view.price_cents]
    if not prices:
        return []
    most, least = held.balance_cents // min(prices), held.balance_cents // max(prices)
    told = f"{most:,}" if most == least else f"{least:,}–{most:,}"
    return [Tile("Leads it buys", told, help="At the prices of your subscriptions")]


def _reminder(held: ledger.WalletView) -> Tile:
    words = "Below it now" if held.low else "You get one mail when the balance falls below it"
    return Tile("Reminder below", figures.money(held.low_balance_cents), help=words)
