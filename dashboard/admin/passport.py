"""A lead's page: its story from source to sale, its facts, and what may be done with it (SPEC 2.7, 3, 5.5)."""

from typing import Any
from uuid import UUID

import streamlit as st

from core import leads, messaging
from core.kit.db import Json
from dashboard import wording
from dashboard.admin import passport_runs, passport_sales, why
from dashboard.components import figures, page, pills
from dashboard.components.reason import reason_button
from dashboard.components.timeline import Moment, timeline
from dashboard.current import CurrentUser, act, read
from dashboard.shared import lead as parts
from dashboard.shared import passports as passport_parts
from dashboard.theme import Tone

ACTIONS: dict[str, tuple[str, Tone]] = {
    "lead.submitted": ("Submitted", "sea"),
    "lead.confirmed": ("Confirmed by e-mail", "sea"),
    "lead.scored": ("Scored", "neutral"),
    "lead.approved": ("Approved", "live"),
    "lead.distributed": ("Distributed", "live"),
    "lead.rejected": ("Rejected", "stopped"),
    "lead.expired": ("Expired unconfirmed", "neutral"),
    "lead.withdrawn": ("Withdrawn", "stopped"),
    "lead.class_credited": ("Credited to every buyer", "stopped"),
    "lead.quarantined": ("Put in quarantine", "waiting"),
    "lead.released": ("Released from quarantine", "sea"),
    "lead.closed": ("Closed", "neutral"),
    "lead.do_not_sell": ("Marked as not to be sold", "stopped"),
    "lead.changed": ("Changed at its source", "sea"),
    "lead.merged": ("Joined with the same person's request", "neutral"),
    "lead.split": ("Found to be a different person's", "neutral"),
    "lead.told_holders": ("Told the companies that have it", "sea"),
    "lead.partner_credited": ("Its partner's share taken back", "neutral"),
    "contact.read": ("Contact data read", "neutral"),
    "consent.revoked": ("Consent revoked", "stopped"),
}
TOLD = {"status", "niche", "do_not_sell"}  # the page says these elsewhere
NOT_FOR_SALE = "The person asked not to be sold: the lead says so and ends for good. Companies that bought it keep it."


def passport(lead_id: UUID, user: CurrentUser) -> None:
    """The whole page of one lead."""
    page.back("leads", "All leads")
    lead = read(leads.get_lead, lead_id=lead_id)
    sentence = f"{lead.market}. Submitted {figures.exact(lead.submitted_at, lead.timezone)}."
    with page.header(parts.headline(lead), sentence, pill=pills.pill(lead.status)):
        if user.role == "admin":
            _actions(lead)
    parts.warnings(lead)
    names = ["Story", "Facts", "Distribution", "Buyers", "Mail", "Passport"]
    story, facts, engine, sales, mail, chain = st.tabs(names, key="part", bind="query-params", on_change="rerun")
    if story.open:
        with story:
            _story(lead)
    if facts.open:
        with facts:
            _facts(lead)
    if engine.open:
        with engine:
            _distribution(lead, user)
    if sales.open:
        with sales:
            _buyers(lead_id, user)
    if mail.open:
        with mail:
            _mail(lead_id, may_read=user.role == "admin")
    if chain.open:
        with chain:
            _chain(lead, user)


def _chain(lead: leads.LeadDetail, user: CurrentUser) -> None:
    if user.role == "scientist":
        page.empty("For administrators and analysts", "It names the companies that bought the lead.", icon="lock")
        return
    passport_parts.passport(lead.id, zone=lead.timezone, address=f"/api/v1/admin/leads/{lead.id}/passport")


def _buyers(lead_id: UUID, user: CurrentUser) -> None:
    if user.role == "scientist":
        page.empty("For administrators and analysts", "It names the companies that bought the lead.", icon="lock")
        return
    passport_sales.buyers(lead_id, may_act=user.role == "admin")


def _actions(lead: leads.LeadDetail) -> None:
    if lead.status == "pending_approval":
        st.link_button("Review it", f"/review?lead={lead.id}", type="primary", icon=":material/fact_check:")
    if lead.status == "quarantined":
        st.button("Release", icon=":material/lock_open:", on_click=_release, args=(lead.id,))
    if "quarantined" in lead.may_become:
        _with_reason(lead.id, "Quarantine", "It is set aside; nothing of it is sold until it is released.", "quarantine")
    if "withdrawn" in lead.may_become:
        _with_reason(lead.id, "Withdraw", "It ends for good. Companies that bought it keep it.", "withdraw")
        _with_reason(lead.id, "Do not sell", NOT_FOR_SALE, "do-not-sell")


def _with_reason(lead_id: UUID, label: str, will: str, verb: str) -> None:
    said = f"{label} this lead" if label != "Do not sell" else "Never sell this lead"
    reason_button(label, will=will, verb=said, key=verb, on_reason=_end, args=(verb, lead_id), most=1000)


def _release(lead_id: UUID) -> None:
    act(leads.release, lead_id=lead_id, said="Released. It waits where it waited before.")


def _end(verb: str, lead_id: UUID, reason: str) -> None:
    if verb == "withdraw":
        act(leads.withdraw, lead_id=lead_id, reason=reason, said="Withdrawn.")
    elif verb == "do-not-sell":
        act(leads.do_not_sell, lead_id=lead_id, reason=reason, said="Noted, and withdrawn.")
    else:
        act(leads.quarantine, lead_id=lead_id, reason=reason, said="Put in quarantine.")


def _story(lead: leads.LeadDetail) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        timeline([_moment(moment) for moment in lead.timeline], zone=lead.timezone)
    with right:
        parts.judgement(lead)
        if lead.review_note:
            st.markdown(f"**Note of {lead.reviewed_by or 'the reviewer'}**")
            st.write(lead.review_note)
        if lead.duplicates:
            st.markdown("**Same person**")
            parts.duplicates(lead)


def _moment(moment: leads.Moment) -> Moment:
    title, tone = ACTIONS.get(moment.action, (wording.deed(moment.action), "sea"))
    who = wording.doer(moment.actor_role)
    by = "by itself" if moment.actor_role == "system" else f"by {who[:1].lower()}{who[1:]}"
    change = _sales(moment.after or {}) if moment.action == "lead.distributed" else _change(moment.after)
    told = [by, change, moment.memo or ""]
    return Moment(moment.at, title, ", ".join(part for part in told if part), tone)


def _sales(after: Json) -> str:
    sold = figures.count(int(after.get("assigned", 0)), "company", "companies")
    return f"sold to {sold}" + (", none left to sell" if after.get("sold_out") else "")


def _change(after: Json | None) -> str:
    """The figures of a change that help to read it; ids and statuses are told elsewhere."""
    shown = {key: value for key, value in (after or {}).items() if key not in TOLD and not key.endswith("_id")}
    return ", ".join(_told(key, value) for key, value in shown.items() if not isinstance(value, dict | list))[:200]


def _told(key: str, value: Any) -> str:
    """One figure of a change in words: ``by a connector``, ``from Spring home fair``."""
    if key == "source":
        origin = parts.ORIGINS.get(str(value), str(value))
        return f"by {origin[0].lower()}{origin[1:]}" if " " in origin else f"by {origin}"
    if key == "from":
        return f"from {str(value).replace('-', ' ').capitalize()}"
    return f"{key.replace('_', ' ')} {value}"


def _facts(lead: leads.LeadDetail) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Answers**")
        parts.answers(lead)
        st.markdown("**Contact**")
        parts.contact(lead)
        parts.place(lead)
    with right:
        st.markdown("**Where it came from**")
        parts.origin(lead)
        st.markdown("**Consent**")
        parts.consent(lead)


def _distribution(lead: leads.LeadDetail, user: CurrentUser) -> None:
    if user.role == "scientist":
        page.empty("For administrators and analysts", "Runs name the companies that bought.", icon="lock")
        return
    passport_runs.standing(lead, may_act=user.role == "admin")
    why.why(lead.id, lead.timezone)
    passport_runs.what_if(lead, may_act=user.role == "admin")


def _mail(lead_id: UUID, *, may_read: bool) -> None:
    if not may_read:
        page.empty("For administrators", "Letters hold contact data.", icon="lock")
        return
    letters = read(messaging.recent_messages, recipient_id=lead_id, limit=50)
    if not letters:
        page.empty("No letters", "What is written to this person appears here.", icon="mail")
    for view in letters:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{pills.pill(view.status)} **{view.subject or view.title}** :gray[{figures.ago(view.queued_at)}]",
                width="stretch",
            )
            st.page_link(_mail_page(), label="Read", icon=":material/drafts:", query_params={"mail": str(view.id)})


def _mail_page() -> st.Page:
    from dashboard import navigation

    return navigation.target("messages")
