"""The filter of a subscription, built by hand and said in words (SPEC 4.4, 4.7)."""

from typing import Any, cast
from uuid import UUID, uuid4

import streamlit as st

from core import providers
from core.kit.db import Json
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures
from dashboard.current import act, read
from dashboard.provider.filter_values import OPERATOR_WORDS, first_value, value_input

GROUPS = {"all": "All of these", "any": "At least one of these", "not": "None of these"}


def filters(view: providers.SubscriptionView, schema: Json) -> None:
    """The draft as rows, its sentence live, and the button that keeps it."""
    draft = _draft(view)
    if not view.filter_valid:
        st.warning(
            "The form has changed and this filter no longer fits it. Correct it to receive leads.", icon=":material/error:"
        )
    if draft is None:
        st.info("This filter was written through the API and has more levels than this page edits.", icon=":material/info:")
        st.write(providers.filter_in_words(view.filter_rules, schema))
        st.button("Start a new one here", on_click=_restart, args=(view.id,))
        return
    fields = providers.filter_fields(schema)
    _group(draft, fields, view.id, outer=True)
    rules = _rules(draft)
    problem = _problem(rules, schema)
    if problem is None:
        st.markdown(f":material/filter_alt: **You receive:** {providers.filter_in_words(rules, schema)}")
    else:
        wording.show(problem)
    with st.container(horizontal=True):
        changed = rules != view.filter_rules
        st.button(
            "Save the filter",
            type="primary",
            disabled=problem is not None or not changed,
            on_click=_save,
            args=(view.id, rules),
        )
        if changed:
            st.button("Undo", on_click=_forget, args=(view.id,))
    _history(view.id)


def _group(group: dict[str, Any], fields: dict[str, providers.FilterField], sub: UUID, *, outer: bool) -> None:
    kinds = ["all", "any"] if outer else list(GROUPS)
    with st.container(horizontal=True, vertical_alignment="center"):
        if outer and not group["items"]:
            st.markdown(":gray[Every lead of this niche. Add a rule to receive fewer.]", width="stretch")
        else:
            group["kind"] = st.selectbox(
                "How the rules join",
                kinds,
                index=kinds.index(group["kind"]),
                format_func=GROUPS.__getitem__,
                key=f"kind-{group['uid']}",
                label_visibility="collapsed",
                width=220,
            )
    for item in list(group["items"]):
        if "items" in item:
            with st.container(border=True):
                _group(item, fields, sub, outer=False)
                st.button("Remove the group", key=f"drop-{item['uid']}", type="tertiary", on_click=_drop, args=(group, item))
        else:
            _rule(group, item, fields)
    with st.container(horizontal=True):
        st.button("Add a rule", icon=":material/add:", key=f"add-{group['uid']}", on_click=_add_rule, args=(group, fields))
        if outer:
            st.button("Add a group", icon=":material/add:", key=f"addg-{group['uid']}", on_click=_add_group, args=(group, fields))


def _gone(group: dict[str, Any], rule: dict[str, Any]) -> None:
    st.markdown(f":red[The form no longer has “{rule['field']}”.]")
    st.button("Remove", key=f"drop-{rule['uid']}", on_click=_drop, args=(group, rule))


def _rule(group: dict[str, Any], rule: dict[str, Any], fields: dict[str, providers.FilterField]) -> None:
    uid = rule["uid"]
    if rule["field"] not in fields:
        _gone(group, rule)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"rule-{uid}"):
        keys = list(fields)
        chosen = st.selectbox(
            "Field",
            keys,
            index=keys.index(rule["field"]),
            format_func=lambda key: fields[key].label,
            key=f"field-{uid}",
            label_visibility="collapsed",
            width=190,
        )
        field = fields[chosen]
        if chosen != rule["field"]:
            rule |= {"field": field.key, "operator": field.operators[0], "value": first_value(field, field.operators[0])}
        operator = st.selectbox(
            "Comparison",
            field.operators,
            index=field.operators.index(rule["operator"]),
            format_func=OPERATOR_WORDS.__getitem__,
            key=f"operator-{uid}-{field.key}",
            label_visibility="collapsed",
            width=150,
        )
        if operator != rule["operator"]:
            rule |= {"operator": operator, "value": first_value(field, str(operator))}
        rule["value"] = value_input(field, rule["operator"], rule["value"], key=f"value-{uid}-{field.key}-{rule['operator']}")
        st.button(
            "",
            icon=":material/close:",
            key=f"drop-{uid}",
            type="tertiary",
            help="Remove this rule",
            on_click=_drop,
            args=(group, rule),
        )


def _add_rule(group: dict[str, Any], fields: dict[str, providers.FilterField]) -> None:
    field = next(iter(fields.values()))
    value = first_value(field, field.operators[0])
    group["items"].append({"uid": uuid4().hex[:8], "field": field.key, "operator": field.operators[0], "value": value})


def _add_group(group: dict[str, Any], fields: dict[str, providers.FilterField]) -> None:
    inner: dict[str, Any] = {"uid": uuid4().hex[:8], "kind": "any", "items": []}
    _add_rule(inner, fields)
    group["items"].append(inner)


def _drop(group: dict[str, Any], item: dict[str, Any]) -> None:
    group["items"].remove(item)


def _draft(view: providers.SubscriptionView) -> dict[str, Any] | None:
    """The rows being edited, kept for reruns; started from what is stored, anew with each stored version."""
    slot = f"draft-{view.id}"
    held = st.session_state.get(slot)
    if held is None or held[0] != view.filter_version:
        held = (view.filter_version, _opened(view.filter_rules, outer=True))
        st.session_state[slot] = held
    return cast("dict[str, Any] | None", held[1])


def _opened(node: Json, *, outer: bool = False) -> dict[str, Any] | None:
    """A stored group as rows; ``None`` when it is deeper than the page edits."""
    kind = next(iter(node))
    members = node[kind]
    if kind == "not":
        members = node["not"]["any"] if "any" in node["not"] else [node["not"]]
        if outer:
            return _opened({"all": [node]}, outer=True)
    items: list[dict[str, Any]] = []
    for member in members:
        if "field" in member:
            items.append({"uid": uuid4().hex[:8]} | member)
            continue
        inner = _opened(member) if outer else None
        if inner is None:
            return None
        items.append(inner)
    return {"uid": uuid4().hex[:8], "kind": kind, "items": items}


def _rules(group: dict[str, Any]) -> Json:
    """The rows as a filter."""
    members = [
        _rules(item) if "items" in item else {name: item[name] for name in ("field", "operator", "value")}
        for item in group["items"]
        if "items" not in item or item["items"]
    ]
    if group["kind"] == "not":
        return {"not": members[0] if len(members) == 1 else {"any": members}}
    return {group["kind"]: members} if members else {"all": []}


def _problem(rules: Json, schema: Json) -> HotleadsError | None:
    try:
        providers.check_filter(rules, schema)
    except HotleadsError as error:
        return error
    return None


def _save(subscription_id: UUID, rules: Json) -> None:
    act(
        providers.set_filter,
        subscription_id=subscription_id,
        rules=rules,
        said="The filter is saved and holds from the next lead.",
    )


def _restart(subscription_id: UUID) -> None:
    held = st.session_state[f"draft-{subscription_id}"]
    st.session_state[f"draft-{subscription_id}"] = (held[0], {"uid": uuid4().hex[:8], "kind": "all", "items": []})


def _forget(subscription_id: UUID) -> None:
    st.session_state.pop(f"draft-{subscription_id}", None)


def _history(subscription_id: UUID) -> None:
    with st.expander("Earlier filters"):
        changes = read(providers.filter_log, subscription_id=subscription_id, limit=20)
        if not changes:
            st.caption("None yet.")
        for change in changes:
            st.markdown(f":gray[{figures.ago(change.at)}, {change.actor_name or 'somebody'}:] {change.new_words}")
