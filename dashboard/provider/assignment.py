"""One bought lead: whom to call, what they want, and what came of it (SPEC 7.1, 7.2)."""

from html import escape
from uuid import UUID

import streamlit as st

from core import inbox, leads, marketplace, markets
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.kit.lengths import distance
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, maps, page, pills
from dashboard.components.keys import keys
from dashboard.current import act, ask, attempt, read
from dashboard.live import again
from dashboard.provider.report import report
from dashboard.shared.receipts import lines_of

OUTCOMES = {"contacted": "Contacted", "appointment": "Appointment", "won": "Won", "lost": "Lost"}
REASONS = ("Wrong niche", "Outside my area", "Can't reach the person", "No capacity now")


def assignment(assignment_id: UUID, *, following: str | None) -> None:
    """Everything about one lead of the company's own."""
    lead = read(inbox.open_assignment, assignment_id=assignment_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{pills.pill(lead.outcome or lead.status)} :gray[{_clock(lead)}]", width="stretch")
        st.button(
            "Next",
            key="next",
            icon=":material/arrow_downward:",
            help="Key N",
            disabled=following is None,
            on_click=_open,
            args=(following,),
        )
    keys(n="next")
    _contact(lead)
    _standing(lead)
    with st.container(horizontal=True, vertical_alignment="center", key="lead-acts"):
        if lead.status in ("new", "viewed") and not lead.refunded_at:
            _decision(lead)
        report(lead)
        _copy(lead)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What they want**")
        page.facts([(each.label, figures.answer(each.value, each.label)) for each in lead.answers] or [("Answers", None)])
        _place(lead)
    with right:
        if lead.decided_at is None:
            st.caption("Accept the lead to note what came of it.")
        else:
            _outcome(lead)
        _notes(lead)
        _purchase(lead)


def _clock(lead: inbox.AssignmentDetail) -> str:
    """The time to call, while it still matters."""
    if lead.decided_at is None:
        waited = figures.duration((utc_now() - lead.assigned_at).total_seconds())
        return f"delivered {waited} ago"
    return f"decided {figures.ago(lead.decided_at)}"


def _contact(lead: inbox.AssignmentDetail) -> None:
    person = lead.contact
    if person.erased:
        page.empty("This person's data was erased", "They asked for it. What you paid stays in your history.", icon="delete")
        return
    street = _street(person)
    links = ""
    if person.phone:
        links += f'<a href="tel:{escape(person.phone)}">{escape(figures.phone(person.phone))}</a>'
    if person.email:
        links += f'<a href="mailto:{escape(person.email)}">{escape(person.email)}</a>'
    st.html(f'<div class="hl-contact"><h2>{escape(person.name)}</h2>{links}<p>{escape(street)}</p></div>')


def _street(person: leads.ContactView) -> str:
    return figures.address(person.street, person.unit, person.city, person.state, person.zip)


def _copy(lead: inbox.AssignmentDetail) -> None:
    person = lead.contact
    if person.erased:
        return
    with st.popover("Copy", icon=":material/content_copy:"):
        for part in (person.name, figures.phone(person.phone), person.email, _street(person)):
            if part:
                st.code(part, language=None)


def _standing(lead: inbox.AssignmentDetail) -> None:
    if lead.refunded_at:
        st.info(f"Refunded {figures.ago(lead.refunded_at)}.", icon=":material/undo:")
    elif lead.status == "rejected":
        st.caption(f"You turned it down: {lead.reject_reason}")


def _decision(lead: inbox.AssignmentDetail) -> None:
    st.button("Accept the lead", type="primary", icon=":material/thumb_up:", key="accept", on_click=_accept, args=(lead.id,))
    with st.popover("Turn it down", icon=":material/thumb_down:"):
        st.caption("Turning it down gives no money back; our administrators read why.")
        known = st.pills("Why", REASONS, key=f"why-{lead.id}")
        words = st.text_input("In your words", max_chars=400, key=f"words-{lead.id}")
        reason = ". ".join(part for part in (known, words) if part)
        st.button(
            "Turn the lead down", key="turn-down", type="primary", disabled=not reason, on_click=_reject, args=(lead.id, reason)
        )


def _accept(assignment_id: UUID) -> None:
    act(inbox.accept, assignment_id=assignment_id, said="Accepted. Good luck with the call.")


def _reject(assignment_id: UUID, reason: str) -> None:
    act(inbox.reject, assignment_id=assignment_id, reason=reason, said="Turned down.")


def _outcome(lead: inbox.AssignmentDetail) -> None:
    if lead.status != "accepted":
        return
    st.markdown("**What came of it**")
    slot = f"outcome-{lead.id}"
    chosen = st.segmented_control(
        "Outcome",
        list(OUTCOMES),
        default=lead.outcome,
        format_func=OUTCOMES.__getitem__,
        key=slot,
        label_visibility="collapsed",
    )
    value = ""
    if chosen == "won":
        shown = figures.money(lead.outcome_value_cents) if lead.outcome_value_cents else ""
        value = st.text_input("Worth", shown, placeholder="$12,000.00", key=f"worth-{lead.id}", width=200) or ""
    if chosen and (chosen, value) != (lead.outcome, figures.money(lead.outcome_value_cents) if lead.outcome_value_cents else ""):
        if st.button("Save the outcome", type="primary", key=f"save-{lead.id}"):
            _save_outcome(lead.id, chosen, value)
    elif lead.outcome_at:
        st.caption(f"Noted {figures.ago(lead.outcome_at)}.")
    st.caption("How good was this lead?")
    stars = st.feedback("stars", default=lead.rating - 1 if lead.rating else None, key=f"stars-{lead.id}")
    if stars is not None and stars + 1 != lead.rating:
        act(inbox.rate, assignment_id=lead.id, stars=stars + 1, said="Thank you for the rating.")


def _save_outcome(assignment_id: UUID, outcome: str, value: str) -> None:
    try:
        cents = parse_usd(value, field="value_cents") if value.strip() else None
    except HotleadsError as error:
        wording.show(error)
        return
    saved = attempt(inbox.record_outcome, assignment_id=assignment_id, outcome=outcome, value_cents=cents)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    again()


def _notes(lead: inbox.AssignmentDetail) -> None:
    slot = f"note-{lead.id}"
    st.text_area(
        "Your notes, for your company only",
        lead.notes,
        key=slot,
        height=110,
        max_chars=4000,
        on_change=_note,
        args=(lead.id, slot),
    )


def _note(assignment_id: UUID, slot: str) -> None:
    act(inbox.write_note, assignment_id=assignment_id, text=st.session_state[slot] or "", said="Noted.")


def _place(lead: inbox.AssignmentDetail) -> None:
    if lead.lon is None or lead.lat is None:
        return
    outline = read(markets.outline, market_id=lead.market_id)
    sure = f", placed within {distance(lead.accuracy_m)}" if lead.accuracy_m else ""
    point = maps.Point(lead.lon, lead.lat, "The lead", radius_m=lead.accuracy_m or 0)
    maps.locator([outline], [point], caption=f"{figures.place(lead.city, figures.county(lead.county), lead.zip)}{sure}")


def _purchase(lead: inbox.AssignmentDetail) -> None:
    st.markdown("**What you bought**")
    shared = f"at most {lead.shared_with} companies" if (lead.shared_with or 0) > 1 else "you alone"
    page.facts(
        [
            ("Price", figures.money(lead.price_cents)),
            ("How it was chosen", f"Your turn at {lead.level}" if lead.level else "You chose it on the marketplace"),
            ("Sold to", shared if lead.level else None),
            ("Quality", f"{lead.quality:.0f} of 100" if lead.quality is not None else None),
            ("Asked", figures.time_tag(lead.submitted_at, lead.timezone)),
            ("Delivered", figures.time_tag(lead.assigned_at, lead.timezone)),
        ]
    )
    if not lead.level:
        with st.popover("Why this price", type="tertiary"):
            kept = ask(marketplace.bought, assignment_id=lead.id)
            if isinstance(kept, HotleadsError):
                st.write(kept.message)
            else:
                lines_of(kept)
    calls = read(inbox.calling_of, assignment_id=lead.id)
    hours = f"Call from {calls.call_from} to {calls.call_until} on their clock"
    st.caption(f"{hours}: now is a good time." if calls.allowed else f"{hours}: not now. It opens {figures.ago(calls.opens_at)}.")
    if lead.consent:
        with st.expander("What they agreed to"):
            if lead.consent.revoked_at:
                st.error(
                    f"Taken back {figures.ago(lead.consent.revoked_at)}. Do not contact this person.", icon=":material/block:"
                )
            st.caption(f"{figures.exact(lead.consent.at, lead.timezone)}, wording {lead.consent.wording_version}")
            st.write(lead.consent.wording)


def _open(assignment_id: str) -> None:
    st.query_params["lead"] = assignment_id
