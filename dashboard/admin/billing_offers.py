"""Plans and credit packs as admins edit them (SPEC 6.6)."""

from typing import Any

import streamlit as st

from core import payments
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, tables
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say


def offers(*, may_edit: bool) -> None:
    """Plans above, packs below; each opens its own form."""
    _plans(may_edit=may_edit)
    _packs(may_edit=may_edit)


@fragment
def _plans(*, may_edit: bool) -> None:
    page.section("Plans", "What a plan gives changes at once for everybody on it; a new fee counts from their next month.")
    plans = read(payments.list_plans, inactive=True)
    tables.table(
        [
            {
                "name": plan.name,
                "fee": tables.dollars(plan.fee_cents),
                "discount": plan.discount_percent,
                "hold": plan.hold_minutes,
                "cart": plan.cart_size,
                "early": plan.early_access_minutes,
                "active": "On offer" if plan.active else "Off",
            }
            for plan in plans
        ],
        {
            "name": tables.text("Plan"),
            "fee": tables.money("Fee a month"),
            "discount": tables.number("Marketplace discount", shown="%d%%"),
            "hold": tables.number("Hold", shown="%d min"),
            "cart": tables.number("Leads in the cart"),
            "early": tables.number("Early access", shown="%d min"),
            "active": tables.text("State"),
        },
        key="plans",
    )
    if not may_edit:
        return
    names = {plan.key: plan for plan in plans}
    with st.expander("Edit a plan", icon=":material/edit:"):
        chosen = st.segmented_control(
            "Plan", list(names), default=plans[0].key, format_func=lambda key: names[key].name, key="plan", required=True
        )
        _plan_form(names.get(str(chosen), plans[0]))


def _plan_form(plan: payments.PlanView) -> None:
    with st.form(f"plan-{plan.key}", border=False):
        name = st.text_input("Name", plan.name, max_chars=60)
        description = st.text_input("What it is for", plan.description, max_chars=300)
        with st.grid(min_column_width=170):
            fee = st.text_input("Fee a month", figures.money(plan.fee_cents), disabled=plan.free)
            discount = st.number_input("Marketplace discount, %", 0, 50, plan.discount_percent)
            hold = st.number_input("Hold, minutes", 1, 1440, plan.hold_minutes)
            cart = st.number_input("Leads in the cart", 1, 200, plan.cart_size)
            early = st.number_input("Early access, minutes", 0, 1440, plan.early_access_minutes)
        active = st.toggle("On offer", plan.active, disabled=plan.free)
        if st.form_submit_button("Save the plan", type="primary"):
            given = {"name": name or "", "description": description or "", "discount_percent": discount, "hold_minutes": hold}
            given |= {"cart_size": cart, "early_access_minutes": early, "active": active}
            _save("The plan is saved.", payments.edit_plan, {"fee_cents": fee or ""}, key=plan.key, **given)


@fragment
def _packs(*, may_edit: bool) -> None:
    page.section("Credit packs", "Deposit sizes with their bonus. Deposits that were started keep what they were started with.")
    packs = read(payments.list_packs, inactive=True)
    tables.table(
        [
            {
                "position": pack.position,
                "name": pack.name,
                "amount": tables.dollars(pack.amount_cents),
                "bonus": tables.dollars(pack.bonus_cents),
                "share": pack.bonus_cents / pack.amount_cents,
                "active": "On offer" if pack.active else "Off",
            }
            for pack in packs
        ],
        {
            "position": tables.number("Place"),
            "name": tables.text("Pack"),
            "amount": tables.money("Deposit"),
            "bonus": tables.money("Bonus"),
            "share": tables.number("Bonus share", shown="percent"),
            "active": tables.text("State"),
        },
        key="packs",
    )
    if not may_edit:
        return
    names = {str(pack.id): pack for pack in packs}
    with st.expander("Edit or add a pack", icon=":material/edit:"):
        options = [*names, "new"]
        chosen = st.segmented_control(
            "Pack", options, default=options[0], format_func=lambda key: names[key].name if key in names else "New pack",
            key="pack", required=True,
        )  # fmt: skip
        _pack_form(names.get(str(chosen)))


def _pack_form(pack: payments.PackView | None) -> None:
    with st.form(f"pack-{pack.id if pack else 'new'}", border=False):
        name = st.text_input("Name", pack.name if pack else "", max_chars=60)
        with st.grid(min_column_width=170):
            amount = st.text_input("Deposit", figures.money(pack.amount_cents) if pack else "", placeholder="$250.00")
            bonus = st.text_input("Bonus", figures.money(pack.bonus_cents) if pack else "$0.00")
            place = st.number_input("Place in the list", 1, 999, pack.position) if pack else None
        active = st.toggle("On offer", pack.active) if pack else None
        if st.form_submit_button("Save the pack" if pack else "Add the pack", type="primary"):
            money = {"amount_cents": amount or "", "bonus_cents": bonus or ""}
            if pack:
                edit = {"pack_id": pack.id, "name": name or "", "position": place, "active": active}
                _save("The pack is saved.", payments.edit_pack, money, **edit)
            else:
                _save("The pack is on offer.", payments.add_pack, money, name=name or "")


def _save(said: str, verb: Any, money: dict[str, str], **given: Any) -> None:
    """Run a verb with amounts that were typed; a refusal stands beside the fields."""
    try:
        amounts = {field: parse_usd(text, field=field) for field, text in money.items()}
    except HotleadsError as error:
        wording.show(error)
        return
    saved = attempt(verb, **given, **amounts)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say(said)
    again()
