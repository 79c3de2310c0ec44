"""The plan ladder: what each tier costs and gives, and the button that changes to it (SPEC 6.6)."""

import streamlit as st

from core import payments
from core.kit.errors import HotleadsError
from dashboard.components import figures, page, pills
from dashboard.components.confirm import confirm_button
from dashboard.current import act, ask, read
from dashboard.live import fragment


@fragment
def ladder() -> None:
    """Every plan side by side, the running one marked, with what a change costs now."""
    stay = read(payments.membership_of)
    _coming(stay)
    offered = read(payments.list_plans)
    if stay.plan.key not in {plan.key for plan in offered}:
        offered = sorted([*offered, stay.plan], key=lambda plan: plan.position)
    with st.grid(min_column_width=240):
        for plan in offered:
            _card(plan, stay)
    page.section("How a change works")
    st.caption(
        "Up begins at once: you pay the new fee less the unused part of the month you paid. Down begins when the paid month is "
        "over. Fees are taken from your wallet; when it can't pay one, you go on with the free plan and get a mail."
    )


def _coming(stay: payments.MembershipView) -> None:
    if stay.next_plan is None or stay.paid_until is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="plan-coming"):
        words = f"You change to **{stay.next_plan.name}** on {_date(stay)}. Until then you keep {stay.plan.name}."
        st.markdown(f":material/schedule: {words}", width="stretch")
        said = f"You stay on {stay.plan.name}."
        st.button(f"Stay on {stay.plan.name}", key="plan-stay", on_click=_choose, args=(stay.plan.key, said))


def _card(plan: payments.PlanView, stay: payments.MembershipView) -> None:
    mine = plan.key == stay.plan.key
    with st.container(border=True, key=f"plan-{'on' if mine else 'off'}-{plan.key}", gap="small", height="stretch"):
        st.markdown(f"**{plan.name}** {pills.tag('Your plan', icon='check_circle', tone='live') if mine else ''}")
        fee = "Free" if plan.fee_cents == 0 else f"{figures.money(plan.fee_cents)} :gray[a month]"
        st.markdown(f"### {fee}", anchors=False)
        if plan.description:
            st.caption(plan.description)
        st.markdown("\n".join(f"- {gift}" for gift in gifts(plan)))
        if not mine and (stay.next_plan is None or stay.next_plan.key != plan.key):
            _change(plan, stay)


def gifts(plan: payments.PlanView) -> list[str]:
    """What a plan gives, in words."""
    return [
        f"{plan.discount_percent}% off on the marketplace" if plan.discount_percent else "Marketplace at list price",
        f"Leads held for you for {plan.hold_minutes} minutes",
        f"Up to {figures.count(plan.cart_size, 'lead')} in the cart",
        f"New listings {plan.early_access_minutes} minutes before others"
        if plan.early_access_minutes
        else "New listings with everybody",
    ]


def _change(plan: payments.PlanView, stay: payments.MembershipView) -> None:
    """What the change costs and when it begins, asked of core, and the button that does it."""
    change = ask(payments.quote_plan, plan_key=plan.key)
    if isinstance(change, HotleadsError):
        st.caption(change.message)
        return
    later = stay.paid_until is not None and change.begins_at >= stay.paid_until
    if later:
        will = f"You keep {stay.plan.name} until {_date(stay)}, then {plan.name} begins. Nothing is paid now."
        said = f"You change to {plan.name} on {_date(stay)}."
    else:
        will = f"{figures.money(change.pays_now_cents)} is taken from your wallet now, and {plan.name} begins at once."
        said = f"You are on {plan.name}."
    verb = f"Change on {_date(stay)}" if later else f"Pay {figures.money(change.pays_now_cents)} and change"
    confirm_button(
        f"Change to {plan.name}", will=will, verb=verb, key=f"plan-{plan.key}", on_confirm=_choose, args=(plan.key, said)
    )


def _choose(key: str, said: str) -> None:
    act(payments.choose_plan, plan_key=key, said=said)


def _date(stay: payments.MembershipView) -> str:
    until = stay.paid_until
    return figures.day(until) if until else ""
