"""Policies by date: what holds now, what is to come, a lead judged on any day, companies' own lists (SPEC 2.5, 2.6)."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import streamlit as st

from core import leads, niches, policies
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.policies import PolicyView
from dashboard import wording
from dashboard.admin.house_lists import house_lists
from dashboard.components import figures, page, tables
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import fragment, say
from dashboard.shared.own_lists import own_lists

STAGES = {"intake": "At intake", "sale": "At each sale", "delivery": "At delivery", "retention": "Afterwards"}


def show(user: CurrentUser) -> None:
    """Four tabs: the rules, a judgement, the house's lists and those of companies."""
    page.header("Policies", "What the law and the house ask, by state, niche and date. What was judged before stays as it was.")
    may_edit = user.role == "admin"
    rules, judged, house, lists = st.tabs(
        ["Rules", "Judge a lead", "Our lists", "Companies' lists"], key="policy-part", bind="query-params", on_change="rerun"
    )
    if rules.open:
        with rules:
            _rules(may_edit=may_edit)
    if judged.open:
        with judged:
            _judge()
    if house.open:
        with house:
            house_lists(may_change=may_edit)
    if lists.open:
        with lists:
            own_lists(may_change=False)


@fragment
def _rules(*, may_edit: bool) -> None:
    found = read(policies.policies)
    if may_edit:
        with st.popover("Add a policy", icon=":material/add:", type="primary"):
            _add()
    if found:
        _table(found)
    else:
        page.empty("No policy yet", "Until you add one, the settings of the house hold everywhere.", icon="gavel")
    page.section("What can be set")
    # Sentences, so no table: its cells would cut them.
    page.facts(
        [
            (rule.title, f"{STAGES[rule.stage]}. {rule.sentence} Without a policy: {rule.otherwise}.")
            for rule in policies.RULES.values()
        ]
    )


def _table(found: list[PolicyView]) -> None:
    rows = [
        {
            "standing": one.standing.capitalize(),
            "rule": policies.RULES[one.rule].title,
            "value": policies.words(one.rule, one.value),
            "where": f"{one.niche or 'Every niche'}, {one.state or 'every state'}",
            "from": one.effective_from,
            "ground": one.ground,
            "by": one.decided_by or "Somebody",
        }
        for one in found
    ]
    columns = {
        "standing": tables.text("Standing"), "rule": tables.text("Rule"), "value": tables.text("Value"),
        "where": tables.text("Where"), "from": tables.time("From", relative=False),
        "ground": tables.text("Ground", width="large"), "by": tables.text("Added by"),
    }  # fmt: skip
    picked = tables.opened(rows, columns, key="policies", param="policy", ids=[one.id for one in found])
    st.caption("Tick a policy to read it whole.")
    if picked is not None:
        _whole(found[picked])


def _whole(one: PolicyView) -> None:
    """What a row of the table may be too narrow for."""
    with st.container(border=True):
        page.facts(
            [
                ("Rule", policies.RULES[one.rule].title),
                ("Value", policies.words(one.rule, one.value)),
                ("Where", f"{one.niche or 'Every niche'}, {one.state or 'every state'}"),
                ("From", figures.time_tag(one.effective_from)),
                ("Ground", one.ground),
                ("Added by", one.decided_by or "Somebody"),
            ]
        )


def _add() -> None:
    known = {niche.id: niche.name for niche in read(niches.list_niches)}
    rule = st.selectbox("Rule", list(policies.RULES), format_func=lambda key: policies.RULES[key].title, key="policy-rule")
    chosen = policies.RULES[rule]
    st.caption(chosen.sentence)
    with st.form("new-policy", border=False):
        ends = st.checkbox("End the rule from then on")
        value = _value(chosen)
        state = st.text_input("State", placeholder="NV; empty for every state", max_chars=2)
        niche = st.selectbox("Niche", [None, *known], format_func=lambda key: "Every niche" if key is None else known[key])
        day = st.date_input("From", value=utc_now().date() + timedelta(days=1), format="MM/DD/YYYY")
        ground = st.text_area("Ground", placeholder="The law, the contract, the decision", max_chars=1000)
        st.caption("From midnight UTC of that day. A policy can't be changed: a newer one takes its place.")
        if st.form_submit_button("Add the policy", type="primary"):
            _added(rule, None if ends else value, state, niche, datetime.combine(day, time(), UTC), ground or "")


def _value(rule: policies.Rule) -> int:
    if rule.unit == "minutes":
        at = st.time_input("On the market's clock", value=time(8) if rule.key == "call_from" else time(20), step=900)
        return at.hour * 60 + at.minute
    if rule.unit == "yes":
        return int(st.toggle("Asked for", True))
    return int(st.number_input("Days", rule.least, rule.most, 30))


def _added(rule: str, value: int | None, state: str, niche: UUID | None, begins: datetime, ground: str) -> None:
    given = {"rule": rule, "value": value, "state": state or None, "niche_id": niche}
    done = attempt(policies.add_policy, **given, ground=ground, effective_from=begins)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say("The policy is added.")
    st.rerun()


@fragment
def _judge() -> None:
    st.caption("The policies of the day you choose; consent and lists as they are now.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lead = st.text_input("Lead's id", key="judged", bind="query-params", placeholder="From the lead's address")
        day = st.date_input("On", value=utc_now().date(), format="MM/DD/YYYY", key="judged-on")
    if not lead:
        page.empty("No lead chosen", "Take the id from the address of the lead's page.", icon="gavel")
        return
    try:
        wanted = UUID(lead.strip())
    except ValueError:
        st.warning("This is not the id of a lead. It has 36 characters, such as those in the lead's address.")
        return
    at = utc_now() if day == utc_now().date() else datetime.combine(day, time(20), UTC)
    _verdict(read(leads.judge, lead_id=wanted, at=at))


def _verdict(told: leads.Verdict) -> None:
    (st.error if told.refusal else st.success)(told.sentence, icon=":material/gavel:")
    calls = f"{told.calling.call_from} to {told.calling.call_until} {figures.clock(told.calling.timezone)}"
    set_here = [
        (rule.title, policies.words(key, getattr(told.rules, key)))
        for key, rule in policies.RULES.items()
        if getattr(told.rules, key) is not None
    ]
    listed = [
        (one.name, f"made {figures.day(one.list_date)}, {'holds them' if one.holds else 'does not hold them'}")
        for one in told.lists
    ]
    page.facts([("State", told.state), ("Calls", calls), *set_here, *listed])
    found = len(told.rules.policy_ids)
    st.caption(
        f"{figures.count(found, 'policy', 'policies')} in force there on that day." if found else "No policy speaks of it."
    )
