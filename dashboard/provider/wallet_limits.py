"""When the wallet runs low: the reminder, and the card that fills it by itself (SPEC 6.4)."""

from uuid import UUID

import streamlit as st

from core import ledger, payments
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.components.confirm import confirm_button
from dashboard.current import act, attempt, read
from dashboard.live import again, fragment, say


def limits(provider_id: UUID) -> None:
    """Reminder left, automatic top-up right."""
    left, right = st.columns(2, gap="large")
    with left:
        _reminder(provider_id)
    with right:
        _top_up(provider_id)


@fragment
def _reminder(provider_id: UUID) -> None:
    held = read(ledger.balance, provider_id=provider_id)
    page.section("Reminder", "One mail each time the balance falls below this amount. $0 is never.")
    with st.form("reminder"):
        amount = st.text_input("Remind us below", figures.money(held.low_balance_cents), key="reminder-usd")
        if st.form_submit_button("Save the reminder", type="primary"):
            saved = _saved_reminder(amount or "")
            if isinstance(saved, HotleadsError):
                wording.show(saved)
            else:
                say("The reminder is saved.")


def _saved_reminder(amount: str) -> object:
    try:
        cents = parse_usd(amount)
    except HotleadsError as error:
        return error
    return attempt(payments.set_low_balance, threshold_cents=cents)


@fragment
def _top_up(provider_id: UUID) -> None:
    top_up, card = read(payments.top_up_of), read(payments.method_of, provider_id=provider_id)
    state = pills.pill("active", "On") if top_up and top_up.enabled else pills.tag("Off", icon="toggle_off")
    page.section("Automatic top-up", "Your saved card adds money when the balance falls below an amount you choose.")
    st.markdown(state)
    if top_up and not top_up.enabled and top_up.off_reason:
        st.markdown(f":gray[{top_up.off_reason}]")
    if card is None:
        page.empty(
            "No saved card", "Add money by card once and tick “Save the card”; then you can switch this on here.", icon="add_card"
        )
        return
    st.markdown(f":material/credit_card: {card.brand.capitalize()} ending in {card.last4}, expires {card.expires}")
    _agree(top_up, f"{card.brand.capitalize()} ending in {card.last4}")
    with st.container(horizontal=True):
        if top_up and top_up.enabled:
            confirm_button(
                "Switch it off",
                will="Nothing is charged by itself any more.",
                verb="Switch off",
                key="top-up-off",
                on_confirm=_off,
            )
        else:
            confirm_button(
                "Forget the card", will="The card can't be charged any more. You can save one again.", verb="Forget it",
                key="card-off", on_confirm=_forget_card,
            )  # fmt: skip


def _agree(top_up: payments.TopUpView | None, card: str) -> None:
    """The amounts, and the words that are agreed to; both are kept with the time and address."""
    on = top_up is not None and top_up.enabled
    with st.form("top-up"):
        below = st.text_input("When the balance falls below", figures.money(top_up.threshold_cents) if top_up else "$50.00")
        amount = st.text_input("Add", figures.money(top_up.amount_cents) if top_up else "$250.00")
        cap = st.text_input("At most per day", figures.money(top_up.daily_cap_cents) if top_up else "$500.00")
        st.caption(_mandate(card, "the amount above", "the balance above", "the most above"))
        agreed = st.checkbox("I agree to these charges", key="top-up-agreed")
        if st.form_submit_button("Save the top-up" if on else "Switch it on", type="primary"):
            _save(card, below or "", amount or "", cap or "", agreed)


def _save(card: str, below: str, amount: str, cap: str, agreed: bool) -> None:
    if not agreed:
        st.warning("Tick the box to agree to the charges.", icon=":material/info:")
        return
    try:
        threshold, each, most = parse_usd(below), parse_usd(amount), parse_usd(cap)
    except HotleadsError as error:
        wording.show(error)
        return
    words = _mandate(card, figures.money(each), figures.money(threshold), figures.money(most))
    saved = attempt(
        payments.set_top_up, enabled=True, threshold_cents=threshold, amount_cents=each, daily_cap_cents=most, mandate_text=words
    )
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say("Automatic top-up is on.")
    again()


def _mandate(card: str, amount: str, below: str, most: str) -> str:
    return (
        f"I authorise Hotleads to charge my {card} with {amount} whenever the balance of our wallet falls below {below}, "
        f"at most {most} a day, until I switch this off."
    )


def _off() -> None:
    act(payments.set_top_up, enabled=False, said="Automatic top-up is off.")


def _forget_card() -> None:
    act(payments.remove_method, said="The card is forgotten.")
