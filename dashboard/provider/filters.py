"""The filter of a subscription, built by hand and said in words (SPEC 4.4, 4.7)."""

from typing import Any, cast
from uuid import UUID

import streamlit as st

from core import providers
from core.kit.db import Json
from core.kit.errors import HotleadsError
from dashboard.components import tables
from dashboard.current import act, ask
from dashboard.live import say
from dashboard.provider import filter_draft, filter_past
from dashboard.provider.filter_draft import DEEPEST, GROUPS, Draft
from dashboard.provider.filter_values import OPERATOR_WORDS, first_value, value_input

MOST_RULES = 20
Fields = dict[str, providers.FilterField]


def filters(view: providers.SubscriptionView, schema: Json) -> None:
    """What broke, the draft as rows, its sentence and what it would have let through, and the button that keeps it."""
    if not view.filter_valid:
        filter_past.repair(view)
    draft = _draft(view)
    _group(draft, providers.filter_fields(schema), depth=1)
    rules = filter_draft.rules_of(draft)
    found = ask(providers.preview_filter, subscription_id=view.id, rules=rules)
    if isinstance(found, HotleadsError):
        _wrong(found, said_already=not view.filter_valid and rules == view.filter_rules)
    else:
        st.markdown(f":material/filter_alt: **You receive:** {providers.filter_in_words(rules, schema)}")
        _preview(found)
    _keep(view, rules, wrong=isinstance(found, HotleadsError))
    filter_past.past(view)


def _keep(view: providers.SubscriptionView, rules: Json, *, wrong: bool) -> None:
    changed = rules != filter_draft.rules_of(filter_draft.opened(view.filter_rules))
    with st.container(horizontal=True):
        st.button(
            "Save the filter",
            type="primary",
            disabled=wrong or not changed,
            on_click=_save,
            args=(view.id, rules, view.filter_version),
        )
        if changed:
            st.button("Undo my changes", icon=":material/undo:", on_click=_forget, args=(view.id,))


def _wrong(error: HotleadsError, *, said_already: bool) -> None:
    """What keeps the draft from being saved, each thing once and without the paths that programs read."""
    if not said_already:
        lines = "\n".join(f"- {sentence}" for sentence in dict.fromkeys(error.fields.values()))
        st.warning(f"This filter can't be saved yet.\n\n{lines}", icon=":material/info:")


def _preview(found: providers.FilterPreview) -> None:
    """The last 30 days held against the draft: counts, and which rule keeps how many out."""
    if not found.leads:
        st.caption(f"No lead of this niche was approved in the last {found.days} days, so there is nothing to try it on.")
        return
    outside = found.leads - found.in_area
    where = f"; {outside:,} lay outside your areas" if outside else ""
    st.progress(
        found.matching / found.leads,
        text=f"**{found.matching:,} of {found.leads:,} leads** of the last {found.days} days would have matched{where}.",
    )
    if any(cut.leads for cut in found.cuts) and len(found.cuts) > 1:
        with st.expander("Which rule keeps how many out?"):
            tables.table(
                [{"rule": cut.words, "leads": cut.leads} for cut in sorted(found.cuts, key=lambda cut: -cut.leads)],
                {
                    "rule": tables.text("Rule", width="large"),
                    "leads": tables.share("Leads it refuses", most=max(found.in_area, 1), shown="%d"),
                },
                key="filter-cuts",
            )


def _group(group: Draft, fields: Fields, *, depth: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if depth == 1 and not group["items"]:
            st.markdown(":gray[Every lead of this niche. Add a rule to receive fewer.]", width="stretch")
        else:
            _kind(group, depth)
    for item in list(group["items"]):
        if filter_draft.is_group(item):
            with st.container(border=True, key=f"group-{item['uid']}"):
                _group(item, fields, depth=filter_draft.inner_depth(group, depth))
                st.button(
                    "Remove the group",
                    icon=":material/delete:",
                    key=f"drop-{item['uid']}",
                    type="tertiary",
                    on_click=filter_draft.drop,
                    args=(group, item),
                )
        else:
            _rule(group, item, fields)
    _adders(group, fields, depth)


def _kind(group: Draft, depth: int) -> None:
    kinds = filter_draft.kinds(group, depth)
    group["kind"] = st.selectbox(
        "How the rules of this group join",
        kinds,
        index=kinds.index(group["kind"]),
        format_func=GROUPS.__getitem__,
        key=f"kind-{group['uid']}",
        label_visibility="collapsed",
        width=220,
    )


def _adders(group: Draft, fields: Fields, depth: int) -> None:
    first = next(iter(fields.values()))
    bottom = depth >= DEEPEST and group["kind"] == "not" and group["items"]
    with st.container(horizontal=True, vertical_alignment="center"):
        if not bottom:
            add = filter_draft.add_rule
            st.button("Add a rule", icon=":material/add:", key=f"add-{group['uid']}", on_click=add, args=(group, first))
        if filter_draft.inner_depth(group, depth) <= DEEPEST:
            st.button(
                "Add a group",
                icon=":material/account_tree:",
                key=f"addg-{group['uid']}",
                help="Rules that belong together, such as: at least one of two",
                on_click=filter_draft.add_group,
                args=(group, first),
            )
        if depth == 1 and group["items"]:
            st.caption(f"{filter_draft.count(group)} of {MOST_RULES} rules", width="content")


def _rule(group: Draft, rule: dict[str, Any], fields: Fields) -> None:
    uid, field = rule["uid"], fields.get(rule["field"])
    with st.container(horizontal=True, vertical_alignment="center", key=f"rule-{uid}"):
        if field is None or not filter_draft.editable(rule, field):
            told = providers.filter_in_words({"all": [_plain(rule)]}, None).rstrip(".")
            st.markdown(f":red[:material/error: {told}: no longer fits the form.]", width="stretch")
        else:
            with st.container(horizontal=True, vertical_alignment="center", width="stretch"):
                field = _chosen_field(rule, fields, field)
                _comparison(rule, field)
                key = f"value-{uid}-{field.key}-{rule['operator']}"
                rule["value"] = value_input(field, rule["operator"], rule["value"], key=key)
        st.button(
            "",
            icon=":material/close:",
            key=f"drop-{uid}",
            type="tertiary",
            help="Remove this rule",
            on_click=filter_draft.drop,
            args=(group, rule),
        )


def _chosen_field(rule: dict[str, Any], fields: Fields, now: providers.FilterField) -> providers.FilterField:
    keys = list(fields)
    chosen = st.selectbox(
        "Field",
        keys,
        index=keys.index(now.key),
        format_func=lambda key: fields[key].label,
        key=f"field-{rule['uid']}",
        label_visibility="collapsed",
        width=170,
    )
    field = fields[chosen]
    if chosen != rule["field"]:
        rule |= {"field": field.key, "operator": field.operators[0], "value": first_value(field, field.operators[0])}
    return field


def _comparison(rule: dict[str, Any], field: providers.FilterField) -> None:
    operator = st.selectbox(
        "Comparison",
        field.operators,
        index=field.operators.index(rule["operator"]),
        format_func=OPERATOR_WORDS.__getitem__,
        key=f"operator-{rule['uid']}-{field.key}",
        label_visibility="collapsed",
        width=135,
    )
    if operator != rule["operator"]:
        rule |= {"operator": operator, "value": first_value(field, str(operator))}


def _plain(rule: dict[str, Any]) -> Json:
    return {name: rule[name] for name in ("field", "operator", "value")}


def _draft(view: providers.SubscriptionView) -> Draft:
    """The rows being edited, kept for reruns; started from what is stored, anew with each stored version."""
    slot = f"draft-{view.id}"
    held = st.session_state.get(slot)
    if held is None or held[0] != view.filter_version:
        held = (view.filter_version, filter_draft.opened(view.filter_rules))
        st.session_state[slot] = held
    return cast("Draft", held[1])


def _save(subscription_id: UUID, rules: Json, version: int) -> None:
    act(
        providers.set_filter,
        subscription_id=subscription_id,
        rules=rules,
        based_on=version,
        said="The filter is saved and holds from the next lead.",
    )


def _forget(subscription_id: UUID) -> None:
    st.session_state.pop(f"draft-{subscription_id}", None)
    say("As it was saved.")
