"""The evidence of one report, in blocks: suggestion, what was said, delivery, the lead, other buyers, history (SPEC 7.4)."""

import streamlit as st

from core import returns
from core.kit.lengths import distance
from dashboard import navigation
from dashboard.components import figures, page, pills, tables
from dashboard.components.scores import reasons, scores, version_words
from dashboard.components.timeline import Moment, timeline
from dashboard.components.verbatim import verbatim
from dashboard.shared import claim as told

VERDICTS = {
    "approve": ("The evidence speaks for the report", "thumb_up", "live"),
    "class_credit": ("The defect is in the lead itself: credit everybody who holds it", "groups", "live"),
    "reject": ("The evidence speaks against the report", "thumb_down", "stopped"),
    "look": ("The evidence is not clear: look for yourself", "visibility", "waiting"),
}


def evidence(file: returns.Evidence) -> None:
    """Everything, most telling first."""
    left, right = st.columns(2, gap="large")
    with left:
        _suggestion(file)
        _said(file)
        _history(file.history, file.company)
    with right:
        _delivery(file)
        _lead(file)
    _others(file)
    _repeats(file)


def _suggestion(file: returns.Evidence) -> None:
    if file.suggestion is None:
        st.markdown(f"**{told.outcome(file.status, file.resolution)}** :gray[{figures.ago(file.decided_at)}]")
        return
    words, icon, tone = VERDICTS[file.suggestion.verdict]
    st.markdown(pills.tag(words, icon=icon, tone=tone))  # type: ignore[arg-type]
    for point in file.suggestion.reasons:
        mark = ":green[:material/add:]" if point.points > 0 else ":red[:material/remove:]"
        st.markdown(f"{mark} {point.text} :gray[{point.points:+d}]")
    if not file.suggestion.reasons:
        st.caption("Nothing that the exchange knows speaks either way.")
    total = f"{file.suggestion.points:+d} in all; from 3 in either direction it is clear"
    st.caption(f"By {version_words(file.suggestion.version)}: {total}. You decide.")
    if file.claim_auto_credit and file.status == "pending":
        st.caption("This niche credits a report that nobody answers in time.")


def _said(file: returns.Evidence) -> None:
    st.markdown("**What was said**")
    timeline(
        [
            Moment(step.at, _who(step), step.words, told.TONES.get(step.event, "sea"))  # type: ignore[arg-type]
            for step in file.steps
        ],
        zone=file.timezone,
    )


def _who(step: returns.Step) -> str:
    """The step and the person; the clock has no name."""
    return told.STEPS[step.event] + (f", {step.name}" if step.name and step.actor_role != "system" else "")


def _delivery(file: returns.Evidence) -> None:
    got = file.delivery
    st.markdown("**Did they get it?**")
    mails = ", ".join(f"{pills.word(mail.status).lower()} {figures.ago(mail.sent_at or mail.queued_at)}" for mail in got.mails)
    page.facts(
        [
            ("Delivered", figures.time_tag(got.assigned_at, file.timezone)),
            ("By", f"Subscription, {file.level}" if file.level else "Marketplace"),
            ("Mail", mails or "None on record"),
            ("First opened", figures.time_tag(got.viewed_at, file.timezone) if got.viewed_at else "Not opened"),
            ("Contact read", figures.count(got.contact_reads, "time") if got.contact_reads else "Never"),
            ("Their decision", _decision(got)),
            ("What came of it", _outcome(got.outcome, got.rating)),
        ]
    )


def _decision(got: returns.Delivery) -> str | None:
    if got.decision is None:
        return None
    return f"{pills.word(got.decision)}: {got.reject_reason}" if got.reject_reason else pills.word(got.decision)


def _outcome(outcome: str | None, rating: int | None) -> str | None:
    stars = f"{rating} of 5 stars" if rating else ""
    return ", ".join(filter(None, (pills.word(outcome) if outcome else "", stars))) or None


def _lead(file: returns.Evidence) -> None:
    seen = file.validation
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**What we know of the lead**", width="stretch")
        st.page_link(
            navigation.target("leads"), label="Its page", icon=":material/open_in_new:", query_params={"lead": str(file.lead_id)}
        )
    scores(quality=seen.quality.value if seen.quality else None, fraud=seen.fraud.value if seen.fraud else None)
    reasons([{"text": text} for text in (seen.fraud.reasons if seen.fraud else ())])
    given = next((line for line in reversed(file.consents) if line.event == "given"), None)
    revoked = bool(file.consents) and file.consents[-1].event == "revoked"
    page.facts(
        [
            ("E-mail confirmed", figures.time_tag(seen.confirmed_at, file.timezone) if seen.confirmed_at else "Never"),
            ("Mail to the consumer", ", ".join(dict.fromkeys(pills.word(status).lower() for _, status in seen.consumer_mails))),
            ("Consent", _consent(given, revoked=revoked)),
            (
                "Place",
                f"By {'ZIP' if seen.location_source == 'zip' else seen.location_source}, within {distance(seen.accuracy_m or 0)}"
                if seen.location_source
                else None,
            ),
            ("Fits their filter", _yes_no(seen.filter_fits, "Changed since, or bought by hand")),
            ("In their areas", _yes_no(seen.in_area, "They set none")),
            ("Lead now", pills.word(file.lead_status)),
        ]
    )


def _consent(given: returns.ConsentLine | None, *, revoked: bool) -> str:
    if given is None:
        return "None on record"
    return f"Wording {given.wording_version}, {figures.ago(given.at)}" + (", taken back since" if revoked else "")


def _yes_no(value: bool | None, unknown: str) -> str:
    return unknown if value is None else "Yes" if value else "No"


def _history(history: returns.History, company: str) -> None:
    st.markdown(f"**Other reports of {verbatim(company)}**")
    if not history.reports:
        st.caption(f"None so far; {figures.count(history.delivered_30_days, 'lead')} delivered in 30 days.")
        return
    answered = f"{history.approved} upheld, {history.rejected} rejected, {history.withdrawn} taken back"
    credits = f", {history.class_credits} credited to every buyer" if history.class_credits else ""
    recent = f"{history.last_30_days} in the last 30 days, against {history.delivered_30_days} leads"
    st.markdown(f"{history.reports} in all: {answered}{credits}. {recent}.")


def _others(file: returns.Evidence) -> None:
    if not file.others:
        st.caption("No other company holds this lead.")
        return
    st.markdown(f"**How did the other buyers fare?** :gray[{figures.count(len(file.others), 'company', 'companies')}]")
    tables.table(
        [
            {
                "company": other.company,
                "delivered": other.assigned_at,
                "opened": other.viewed_at,
                "decision": pills.word(other.decision),
                "outcome": pills.word(other.outcome),
                "rating": other.rating,
                "report": told.reason(other.claim_reason) if other.claim_reason else None,
                "answer": pills.word(other.claim_status) if other.claim_status else None,
            }
            for other in file.others
        ],
        {
            "company": tables.text("Company", width="medium"),
            "delivered": tables.time("Delivered"),
            "opened": tables.time("Opened"),
            "decision": tables.text("Decision"),
            "outcome": tables.text("Outcome"),
            "rating": tables.number("Stars"),
            "report": tables.text("Reported"),
            "answer": tables.text("Answer"),
        },
        key="others",
    )


def _repeats(file: returns.Evidence) -> None:
    if file.sold_before:
        st.markdown(f"**The same person, sold to {verbatim(file.company)} before**")
        for seen in file.sold_before:
            st.markdown(f"- {seen.niche}, {figures.exact(seen.assigned_at, file.timezone)}")
    if file.linked:
        st.markdown(f"**Linked requests of the same person** :gray[{len(file.linked)}]")
        for lead in file.linked:
            st.markdown(f"- {pills.pill(lead.status)} {figures.exact(lead.submitted_at, file.timezone)}")
