"""Review: one confirmed lead at a time, the queue as a rail, a verdict by one key (SPEC 3)."""

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

import streamlit as st

from core import leads, niches, pricing
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.admin import review_many
from dashboard.components import figures, page, pills, receipt
from dashboard.components.keys import keys
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail, row_after
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say
from dashboard.shared import lead as parts
from dashboard.shared.lead_filters import lead_filters

QUEUE = 30
FIGURES = "Today is the day in each request's market. The mean is of the last seven days, from the confirmation on."
REASONS = (
    "The contact data is wrong",
    "Not a serious request",
    "Outside what we sell",
    "The same person asked before",
    "Test or spam",
)


def show(user: CurrentUser) -> None:
    """Figures, filters, then one lead or many."""
    action = page.header("Review", "Decide which confirmed requests may be sold. The next one opens by itself.")
    with action:
        _figures()
    _desk(user)


@fragment(run_every=15)
def _figures() -> None:
    told = read(leads.review_figures)
    pace = f" :gray[·] decided after **{figures.duration(told.mean_wait_s)}** on average" if told.mean_wait_s is not None else ""
    decided = f"**{told.approved_today:,}** approved, **{told.rejected_today:,}** rejected today"
    st.markdown(f"**{told.waiting:,}** waiting :gray[·] {decided}{pace}", width="content", help=FIGURES)


@fragment
def _desk(user: CurrentUser) -> None:
    way = st.segmented_control(
        "How",
        ["One by one", "Many at once"],
        default="One by one",
        key="how",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    # On a phone an opened request has the screen to itself.
    with st.container(key=f"split-list-{'away' if param_id('lead') and way == 'One by one' else 'here'}-filters"):
        where, sort = lead_filters(may_search=user.role == "admin", sort="oldest")
    if way == "Many at once":
        review_many.many(where, sort, may_decide=user.role == "admin")
        return
    rows = read(leads.queue, where=where, sort=sort, limit=QUEUE)
    chosen = param_id("lead") or (rows[0].id if rows else None)
    if chosen is None:
        page.empty("Nothing waits", "A request appears here as soon as its sender confirms it by mail.", icon="task_alt")
        return
    queue, desk = split("lead", key="review", back="The queue", widths=(1, 3))
    with queue:
        rail([_row(row) for row in rows], opened=str(chosen), param="lead", key="review")
        if len(rows) == QUEUE:
            st.caption(f"The first {QUEUE}; more follow.")
    with desk:
        _lead(read(leads.get_lead, lead_id=chosen), [row.id for row in rows], may_decide=user.role == "admin")


def _row(row: leads.LeadRow) -> Row:
    fraud = row.fraud or 0.0
    risk = pills.tag(figures.percent(fraud), icon="warning", tone="stopped") if fraud >= 0.5 else ""
    return Row(str(row.id), row.niche, f"{figures.place(row.city, row.zip)} · {parts.waited(row)}", risk)


def _lead(lead: leads.LeadDetail, queue: list[UUID], *, may_decide: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="verdict"):
        waits = f"waits {parts.waited(lead)}" if lead.status == "pending_approval" else pills.word(lead.status).lower()
        st.markdown(f"### {parts.headline(lead)}\n:gray[{lead.market}, {waits}]", anchors=False, width="stretch")
        _verdicts(lead, queue, may_decide=may_decide)
    keys(a="approve", r="reject", s="skip")
    parts.warnings(lead)
    left, right = st.columns(2, gap="large")
    with left:
        parts.answers(lead)
        parts.contact(lead)
        parts.place(lead)
    with right:
        parts.judgement(lead, ask=True)
        if lead.duplicates:
            st.markdown(f"**Same person: {figures.count(len(lead.duplicates), 'other request')}**")
            parts.duplicates(lead)
        _price(lead)
        st.markdown("**Where it came from**")
        parts.origin(lead)
        st.markdown("**Consent**")
        parts.consent(lead)


def _verdicts(lead: leads.LeadDetail, queue: list[UUID], *, may_decide: bool) -> None:
    following = row_after(lead.id, queue)
    open_case = may_decide and lead.status == "pending_approval"
    sellable = open_case and lead.sale_refusal is None
    _button("Approve", "approve", "check", "Key A. It goes to distribution at once", sellable, _approve, lead.id, following)
    told = "Approve with a note for the file, or a mail to the sender"
    _button("With a note", "approve-note", "edit_note", told, sellable, _ask, lead.id, "noting")
    _button("Reject", "reject", "block", "Key R", open_case, _ask, lead.id, "rejecting")
    _button("Skip", "skip", "skip_next", "Key S", following is not None, _open, following)
    if open_case and st.session_state.get("rejecting") == lead.id:
        _reason(lead, following)
    elif open_case and st.session_state.get("noting") == lead.id:
        _note(lead, following)


def _button(words: str, key: str, icon: str, told: str, possible: bool, verb: Callable[..., None], *given: Any) -> None:
    kind: Literal["primary", "secondary"] = "primary" if key == "approve" else "secondary"
    icon = f":material/{icon}:"
    st.button(words, key=key, type=kind, icon=icon, help=told, disabled=not possible, on_click=verb, args=given)


def _price(lead: leads.LeadDetail) -> None:
    """What the levels pay, and what the marketplace would ask if it opened now (SPEC 3.1)."""
    levels = read(niches.levels_of, niche_id=lead.niche_id, active_only=True)
    told = ", ".join(f"{level.name} {figures.money(level.price_cents)}" for level in levels)
    st.markdown(f"**What it sells for** :gray[{told or 'no level is open'}]")
    if lead.status != "pending_approval":
        return
    asked = read(pricing.suggested_price, lead_id=lead.id)
    with st.expander(f"Suggested price on the marketplace: **{figures.money(asked.cents)}**", key="suggested-price"):
        receipt.receipt(
            [(line.label, line.cents) for line in asked.lines],
            total_cents=asked.cents,
            floor_cents=asked.floor_cents,
            ceiling_cents=asked.ceiling_cents,
            total="Suggested",
            before="",
        )


def _close() -> None:
    """No dialog is open, also when it was waved away: else the next press of anything would bring it back."""
    for what in ("rejecting", "noting"):
        st.session_state.pop(what, None)


@st.dialog("Reject this request", on_dismiss=_close)
def _reason(lead: leads.LeadDetail, following: UUID | None) -> None:
    with st.form("reason", border=False):
        known = st.pills("Why", REASONS, key=f"why-{lead.id}")
        words = st.text_area("In your own words", max_chars=1000, height=80, placeholder="Adds to or replaces the choice above")
        notify = st.checkbox("Tell the sender by mail, with this reason")
        reason = ". ".join(part for part in (known, (words or "").strip()) if part)
        if st.form_submit_button("Reject the request", type="primary"):
            _reject(lead.id, reason, following, notify=notify)


@st.dialog("Approve this request", on_dismiss=_close)
def _note(lead: leads.LeadDetail, following: UUID | None) -> None:
    with st.form("note", border=False):
        note = st.text_area("Note for the file", key=f"note-{lead.id}", max_chars=1000, height=80, placeholder="May stay empty")
        notify = st.checkbox("Tell the sender by mail", key=f"notify-{lead.id}")
        if st.form_submit_button("Approve the request", type="primary"):
            _approve(lead.id, following, note=note, notify=notify)
            st.rerun()


def _approve(lead_id: UUID, following: UUID | None, *, note: str | None = None, notify: bool = False) -> None:
    st.session_state.pop("noting", None)
    done = act(leads.approve, lead_id=lead_id, note=note, notify=notify, said="Approved. It is being distributed.")
    if done is not None:
        _open(following)


def _reject(lead_id: UUID, reason: str, following: UUID | None, *, notify: bool) -> None:
    """A refusal stands in the dialog, beside the words that were typed."""
    done = attempt(leads.reject, lead_id=lead_id, reason=reason, notify=notify)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say("Rejected.")
    _open(following)
    st.rerun()


def _ask(lead_id: UUID, what: Literal["rejecting", "noting"]) -> None:
    """Which dialog is open, and for which request; one at a time."""
    _close()
    st.session_state[what] = lead_id


def _open(lead_id: UUID | None) -> None:
    _close()
    if lead_id is None:
        st.query_params.pop("lead", None)
    else:
        st.query_params["lead"] = str(lead_id)
