"""Add money: a pack with its bonus or an amount of one's own, by card or PayPal (SPEC 6.2, 6.6)."""

from typing import Any

import streamlit as st

from core import payments
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import act, attempt, read
from dashboard.live import fragment

ICONS = {"stripe": "credit_card", "paypal": "account_balance"}


@fragment(run_every=20)
def add_money() -> None:
    """Packs, an amount of one's own, what waits for payment, and every deposit."""
    gateways = payments.configured()
    if not gateways:
        st.info(
            "Payments by card and PayPal are not set up here. An administrator can credit your wallet.", icon=":material/info:"
        )
    else:
        _ready()
        _packs(gateways)
        _own_amount(gateways)
    page.section("Deposits", "Money is in your wallet as soon as the card company or PayPal confirms it to us.")
    _list()


def _ready() -> None:
    """The deposit that was just started, with the way to its payment."""
    wanted = param_id("deposit")
    found = next((one for one in read(payments.deposits_of) if one.id == wanted), None) if wanted else None
    if found is None or found.pay_url is None:
        return
    with st.container(border=True, key="deposit-ready"):
        st.markdown(f"**Ready to pay {figures.money(found.amount_cents)}**")
        if found.bonus_cents:
            st.markdown(f":green[{figures.money(found.bonus_cents)} bonus comes on top.]")
        st.caption("The payment opens on the page of the card company or PayPal. Your wallet shows it once they confirm.")
        with st.container(horizontal=True):
            label = f"Go to {_named(found.gateway)}"
            st.link_button(label, found.pay_url, type="primary", icon=":material/open_in_new:", key="pay-now")
            st.button("Choose something else", type="tertiary", key="pay-other", on_click=_forget)


def _packs(gateways: tuple[payments.Gateway, ...]) -> None:
    packs = read(payments.list_packs)
    if not packs:
        return
    best = max(packs, key=lambda pack: pack.bonus_cents / pack.amount_cents)
    with st.grid(min_column_width=200):
        for pack in packs:
            with st.container(border=True, key=f"pack-{pack.id}", gap="small"):
                mark = pills.tag("Most bonus", icon="star", tone="accent") if pack == best and pack.bonus_cents else ""
                st.markdown(f":gray[{pack.name}] {mark}")
                st.markdown(f"### {figures.money(pack.amount_cents)}", anchors=False)
                extra = f":green[+ {figures.money(pack.bonus_cents)} bonus]" if pack.bonus_cents else ":gray[No bonus]"
                st.markdown(extra)
                for gateway in gateways:
                    _button(gateway, f"{pack.id}", {"pack_id": pack.id})


def _button(gateway: payments.Gateway, key: str, what: dict[str, Any]) -> None:
    st.button(
        _named(gateway),
        key=f"pay-{gateway}-{key}",
        icon=f":material/{ICONS[gateway]}:",
        width="stretch",
        on_click=_start,
        args=(gateway, what),
    )


def _own_amount(gateways: tuple[payments.Gateway, ...]) -> None:
    with st.expander("Another amount, or save a card", icon=":material/edit:"), st.form("own-amount", border=False):
        amount = st.text_input("Amount", placeholder="$75.00", key="own-amount-usd", width=220)
        gateway = st.radio("Pay with", gateways, format_func=_named, horizontal=True, key="own-amount-gateway")
        keep = st.checkbox("Save the card for automatic top-ups", key="own-amount-save") if "stripe" in gateways else False
        if st.form_submit_button("Add this amount", type="primary"):
            _start_own(amount or "", gateway or gateways[0], keep)


def _start_own(amount: str, gateway: payments.Gateway, keep: bool) -> None:
    try:
        cents = parse_usd(amount)
    except HotleadsError as error:
        wording.show(error)
        return
    started = attempt(payments.start_deposit, gateway=gateway, amount_cents=cents, save_method=keep)
    if isinstance(started, HotleadsError):
        wording.show(started)
        return
    st.query_params["deposit"] = str(started.deposit_id)
    st.rerun()


def _start(gateway: payments.Gateway, what: dict[str, Any]) -> None:
    started = act(payments.start_deposit, gateway=gateway, **what)
    if started is not None:
        st.query_params["deposit"] = str(started.deposit_id)


def _forget() -> None:
    st.query_params.pop("deposit", None)


def _list() -> None:
    found = read(payments.deposits_of, before_id=pager.cursor("deposits"), limit=pager.PAGE)
    if not found:
        page.empty("No deposits yet", "Each one appears here with what became of it.", icon="savings")
        return
    waiting = [one for one in found if one.pay_url]
    for one in waiting[:3]:
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"{figures.money(one.amount_cents)} by {_named(one.gateway)}, started {figures.ago(one.created_at)}"
            st.markdown(f"{pills.pill('pending', 'Not paid yet')} {words}", width="stretch")
            st.link_button("Pay", one.pay_url or "", key=f"pay-{one.id}")
    tables.table(
        [
            {
                "at": one.created_at,
                "how": _named(one.gateway) + (", automatic" if one.kind == "top_up" else ""),
                "status": pills.word(one.status),
                "amount": tables.dollars(one.amount_cents),
                "bonus": tables.dollars(one.bonus_cents or None),
                "back": tables.dollars(one.reversed_cents + one.bonus_reversed_cents or None),
                "why": one.failure,
            }
            for one in found
        ],
        {
            "at": tables.time("When", relative=False),
            "how": tables.text("How"),
            "status": tables.text("Status"),
            "amount": tables.money("Amount"),
            "bonus": tables.money("Bonus"),
            "back": tables.money("Taken back"),
            "why": tables.text("Why"),
        },
        key="deposits",
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="deposits")


def _named(gateway: str) -> str:
    return {str(key): name for key, name in payments.NAMES.items()}.get(gateway, gateway)
