"""An admin's hand on a wallet: credit or debit with a memo, freeze or release, and all it tells below (SPEC 6.3, 6.5)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import streamlit as st

from core import ledger, payments
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page
from dashboard.current import attempt, read
from dashboard.live import say
from dashboard.shared import wallet as shared
from dashboard.shared.statements import statements


def wallet(provider_id: UUID, *, may_move: bool) -> None:
    """Balance and plan, the forms of administrators, chart, movements, statements."""
    held = read(ledger.balance, provider_id=provider_id)
    shared.frozen_notice(held)
    _facts(held)
    if may_move:
        with st.expander("Credit, debit, freeze", icon=":material/back_hand:", expanded=held.frozen_at is not None):
            credit, debit = st.columns(2, gap="large")
            with credit:
                _form(provider_id, "Credit", ledger.credit_manually)
            with debit:
                _form(provider_id, "Debit", ledger.debit_manually)
            _freezing(held)
    shared.balance_chart(provider_id, reminder_cents=held.low_balance_cents)
    page.section("Movements")
    shared.movements(provider_id)
    page.section("Statements")
    statements(provider_id)


def _facts(held: ledger.WalletView) -> None:
    stay = read(payments.membership_of, provider_id=held.provider_id)
    top_up = read(payments.top_up_of, provider_id=held.provider_id)
    row = read(ledger.get_wallet, provider_id=held.provider_id)
    if row.drift_cents:
        booked = figures.money(row.booked_cents)
        st.error(
            f"The transfers of this wallet add up to {booked}. Releasing it restores that.", icon=":material/running_with_errors:"
        )
    until = f", paid until {figures.day(stay.paid_until)}" if stay.paid_until else ""
    page.facts(
        [
            ("Balance", figures.money(held.balance_cents)),
            ("Plan", stay.plan.name + until + (f", then {stay.next_plan.name}" if stay.next_plan else "")),
            ("Reminder below", figures.money(held.low_balance_cents)),
            ("Automatic top-up", "On" if top_up and top_up.enabled else "Off"),
            ("Owes us", figures.money(row.owed_cents)),
            ("By the transfers", figures.money(row.booked_cents)),
        ],
        columns=2,
    )


def _freezing(held: ledger.WalletView) -> None:
    """Freeze, or release with the balance that the books say; both with a reason that stays in the trail."""
    owed = read(ledger.get_wallet, provider_id=held.provider_id).owed_cents
    if owed > 0:
        _decide(
            held,
            f"Settle the {figures.money(owed)} owed",
            "It is taken out of the wallet as far as that goes; the wallet is released once nothing is owed.",
            lambda why: attempt(payments.settle_debt, provider_id=held.provider_id, memo=why),
        )
    if not held.frozen_at:
        _decide(
            held,
            "Freeze this wallet",
            "Nothing leaves it until it is released. Its people read the reason in a mail.",
            lambda why: attempt(payments.freeze_wallet, provider_id=held.provider_id, reason=why),
        )
    elif owed <= 0 or held.frozen_reason != payments.FROZEN:
        _decide(
            held,
            "Release this wallet",
            "It can pay again, from the balance that its transfers say.",
            lambda why: attempt(ledger.unfreeze, provider_id=held.provider_id, memo=why),
        )


def _decide(held: ledger.WalletView, verb: str, follows: str, act: Callable[[str], Any]) -> None:
    with st.form(f"decide-{verb}-{held.provider_id}"):
        st.caption(follows)
        why = st.text_input("Reason", placeholder="Why, in 10 to 500 characters", max_chars=500, key=f"why-{verb}")
        if st.form_submit_button(verb):
            done = act(why or "")
            if isinstance(done, HotleadsError):
                wording.show(done)
                return
            say("Done.")
            st.rerun()


def _form(provider_id: UUID, word: str, verb: Callable[..., Any]) -> None:
    # One key per filled form: pressing twice, or a resent press, moves the money once.
    slot = f"{word}-{provider_id}"
    key = st.session_state.setdefault(f"once-{slot}", str(uuid4()))
    with st.form(slot):
        st.markdown(f"**{word} the wallet**")
        amount = st.text_input("Amount", placeholder="$250.00", key=f"amount-{slot}-{key}")
        memo = st.text_input("Memo", placeholder="Why, in 10 to 500 characters", max_chars=500, key=f"memo-{slot}-{key}")
        if st.form_submit_button(f"{word} this amount", type="primary" if word == "Credit" else "secondary"):
            _move(provider_id, verb, amount or "", memo or "", key=key, slot=slot)


def _move(provider_id: UUID, verb: Callable[..., Any], amount: str, memo: str, *, key: str, slot: str) -> None:
    try:
        cents = parse_usd(amount)
    except HotleadsError as error:
        wording.show(error)
        return
    moved = attempt(verb, provider_id=provider_id, amount_cents=cents, memo=memo, idempotency_key=f"manual:{key}")
    if isinstance(moved, HotleadsError):
        wording.show(moved)
        return
    del st.session_state[f"once-{slot}"]
    say(f"Moved {figures.money(cents)}.")
    st.rerun()
