"""Niches: settings, the form with its builder, the levels and their order (SPEC 2.1, 3.4, 4.1)."""

import streamlit as st

from core import niches
from core.kit.errors import HotleadsError
from core.niches import NicheView
from dashboard import wording
from dashboard.admin import form_builder, niche_filters, niche_levels
from dashboard.components import fresh, page, pills
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import fragment, say

FIRST_FORM = {"fields": [{"key": "details", "label": "What do you need?", "type": "textarea", "required": True}]}


def show(user: CurrentUser) -> None:
    """The niches at the left, one of them at the right."""
    action = page.header(
        "Niches", "What the exchange sells: the questions asked, the levels sold, and what is approved by itself."
    )
    may_edit = user.role == "admin"
    if may_edit:
        with action.popover("New niche", icon=":material/add:", type="primary", key=fresh.key("add-niche")):
            _new()
    _desk(may_edit=may_edit)


@fragment
def _desk(*, may_edit: bool) -> None:
    found = read(niches.list_niches)
    if not found:
        page.empty("No niches yet", "Add the first one: it needs a form and at least one level.", icon="category")
        return
    slug = st.query_params.get("niche") or found[0].slug
    chosen = next((niche for niche in found if niche.slug == slug), found[0])
    left, right = split("niche", key="niche", back="All niches", widths=(1, 4))
    with left:
        rail(
            [Row(n.slug, n.name, f"form version {n.schema_version}", _pill(n)) for n in found],
            opened=chosen.slug,
            param="niche",
            key="niche",
        )
    with right:
        page.section(chosen.name, chosen.description)
        names = ["Form", "Levels", "Settings", "Filters"]
        form, levels, settings, filters = st.tabs(names, key="niche-part", bind="query-params", on_change="rerun")
        if form.open:
            with form:
                form_builder.builder(chosen, may_edit=may_edit)
        if levels.open:
            with levels:
                niche_levels.levels(chosen, may_edit=may_edit)
        if settings.open:
            with settings:
                _settings(chosen, may_edit=may_edit)
        if filters.open:
            with filters:
                niche_filters.filters(chosen)


def _pill(niche: NicheView) -> str:
    return pills.pill("open") if niche.status == "open" else pills.tag("Closed", icon="lock", tone="neutral")


def _new() -> None:
    with st.form(fresh.key("new-niche"), border=False, clear_on_submit=False):
        name = st.text_input("Name", max_chars=100, key=fresh.key("niche-name"))
        cap = st.number_input("Most companies a lead may go to", 1, 100, 4)
        st.caption("It starts closed, with a form of one question. Add levels and questions, then open it.")
        if st.form_submit_button("Add the niche", type="primary"):
            made = attempt(niches.create_niche, name=name or "", schema=FIRST_FORM, max_providers=cap, status="closed")
            if isinstance(made, HotleadsError):
                wording.show(made)
                return
            for part in ("add-niche", "new-niche", "niche-name"):
                fresh.done(part)
            say(f"{made.name} is added.")
            st.query_params["niche"] = made.slug
            st.rerun()


def _settings(niche: NicheView, *, may_edit: bool) -> None:
    with st.form(f"settings-{niche.id}", width=640):
        name = st.text_input("Name", niche.name, max_chars=100, disabled=not may_edit)
        about = st.text_area(
            "Description, for consumers and providers", niche.description, max_chars=2000, height=90, disabled=not may_edit
        )
        is_open = st.toggle("Open: takes new requests", niche.status == "open", disabled=not may_edit)
        cap = st.number_input("Most companies a lead may go to", 1, 100, niche.max_providers, disabled=not may_edit)
        days = st.number_input("Days a lead stays on sale", 1, 365, niche.listing_days, disabled=not may_edit)
        st.markdown("**Approve without a person**")
        auto = st.toggle("Approve good leads by themselves", niche.auto_approve, disabled=not may_edit)
        quality = st.slider("Quality at least", 0, 100, niche.auto_approve_min_quality, disabled=not may_edit)
        fraud = st.slider("Fraud risk at most, percent", 0, 100, round(100 * niche.auto_approve_max_fraud), disabled=not may_edit)
        st.markdown("**Bad-lead reports**")
        credit = st.toggle("Credit a report that nobody answers in time", niche.claim_auto_credit, disabled=not may_edit)
        st.caption("Leads that exist keep the cap and the time they began with. The trail names the system as who approved.")
        if st.form_submit_button("Save the settings", type="primary", disabled=not may_edit):
            saved = attempt(
                niches.edit_niche,
                niche_id=niche.id,
                name=name or "",
                description=about or "",
                status="open" if is_open else "closed",
                max_providers=cap,
                listing_days=days,
                auto_approve=auto,
                auto_approve_min_quality=quality,
                auto_approve_max_fraud=fraud / 100,
                claim_auto_credit=credit,
            )
            if isinstance(saved, HotleadsError):
                wording.show(saved)
            else:
                say("Saved.")
