"""What a filter was before: go back to it; and what a new form broke in it, with the way out (SPEC 4.6, 4.7)."""

from uuid import UUID

import streamlit as st

from core import providers
from dashboard.components import figures
from dashboard.current import act, read


def repair(view: providers.SubscriptionView) -> None:
    """Each rule that broke and why, what would be left without them, and the button that drops them."""
    found = read(providers.filter_repair, subscription_id=view.id)
    lines = "\n".join(f"- **{rule.words}**: {rule.problem}" for rule in found.broken)
    st.warning(
        f"**The form has changed and this filter no longer fits it. No lead comes until you correct it.**\n\n{lines}",
        icon=":material/error:",
    )
    if not found.broken:
        return
    rules = "rule that broke" if len(found.broken) == 1 else f"{len(found.broken)} rules that broke"
    preview = read(providers.preview_filter, subscription_id=view.id, rules=found.rest)
    st.markdown(
        f"Without {'it' if len(found.broken) == 1 else 'them'} you would receive: {found.rest_words} "
        f":gray[{preview.matching:,} of {preview.leads:,} leads of the last {preview.days} days.]"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"Drop the {rules}", icon=":material/build:", key=f"repair-{view.id}", on_click=_drop, args=(view.id,))
        st.caption("Or correct the filter below and save it.", width="content")


def past(view: providers.SubscriptionView) -> None:
    """Every earlier filter with who made it; each can be had again."""
    with st.expander("Earlier filters"):
        changes = read(providers.filter_log, subscription_id=view.id, limit=20)
        if not changes:
            st.caption("None yet. Every change is kept here, with who made it.")
        for change in changes:
            with st.container(horizontal=True, vertical_alignment="center"):
                when = f"{figures.ago(change.at)}, {change.actor_name or 'somebody'}"
                st.markdown(f"{change.new_words}  \n:gray[{when}. Before: {change.old_words}]", width="stretch")
                if change.new_rules != view.filter_rules:
                    st.button("Use this again", key=f"again-{change.id}", on_click=_restore, args=(view.id, change.id))


def _drop(subscription_id: UUID) -> None:
    act(providers.drop_broken_rules, subscription_id=subscription_id, said="Dropped. Leads come again from now on.")


def _restore(subscription_id: UUID, change_id: UUID) -> None:
    said = "This filter holds again from the next lead."
    act(providers.restore_filter, subscription_id=subscription_id, change_id=change_id, said=said)
