"""An admin's hand on a wallet: credit or debit with a memo, and the movements below (SPEC 6.3, 6.5)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import streamlit as st

from core import ledger
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page
from dashboard.current import attempt, read
from dashboard.live import say
from dashboard.shared import wallet as shared


def wallet(provider_id: UUID, *, may_move: bool) -> None:
    """Balance, forms for administrators, movements."""
    held = read(ledger.balance, provider_id=provider_id)
    shared.frozen_notice(held)
    if may_move:
        credit, debit = st.columns(2, gap="large")
        with credit:
            _form(provider_id, "Credit", ledger.credit_manually)
        with debit:
            _form(provider_id, "Debit", ledger.debit_manually)
    shared.balance_chart(provider_id)
    page.section("Movements")
    shared.movements(provider_id)


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
