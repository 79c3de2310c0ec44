"""What is known about one lead, in blocks that Review and the lead's own page both use (SPEC 3.1)."""

import streamlit as st

from core import leads, markets
from core.kit.clock import utc_now
from core.kit.lengths import distance
from core.scoring import StoredScore
from dashboard.components import figures, maps, page, pills
from dashboard.components.scores import reasons, scores, version_words
from dashboard.current import read
from dashboard.shared.fraud_feedback import fraud_feedback

REFUSALS = {
    "no_consent": "There is no live consent: this lead can't be sold.",
    "source_may_not_sell": "The source of this lead may not be used for selling. Review its permission first.",
    "test_record": "This is a test record of its source. It is never sold.",
    "do_not_sell": "This person asked not to be sold.",
    "consent_too_old": "The consent is older than the policy of this state and niche allows.",
    "consent_without_phone": "The policy of this state and niche asks for a consent to calls; this one names no phone.",
    "resale_over": "The time in which the policy of this state and niche lets it be sold is over.",
    "do_not_contact": "This person is on a do-not-contact list.",
    "do_not_contact_stale": "An uploaded do-not-contact list is too old. Upload a fresh one before selling.",
}
CAMPAIGN = {
    "utm_source": "Campaign source",
    "utm_medium": "Campaign medium",
    "utm_campaign": "Campaign",
    "utm_term": "Campaign term",
    "utm_content": "Campaign content",
    "referrer": "Page before ours",
}
ORIGINS = {"form": "Our form", "api": "API", "partner": "A partner", "connector": "A connector"}


def headline(lead: leads.LeadDetail) -> str:
    """What the lead is, in one line."""
    return f"{lead.niche}, {figures.place(lead.city, lead.zip)}"


def warnings(lead: leads.LeadDetail) -> None:
    """What a person must see before anything else."""
    if lead.sale_refusal:
        st.error(REFUSALS.get(lead.sale_refusal, "This lead may not be sold."), icon=":material/block:")
    if lead.address_review:
        st.warning("The address could not be read for sure. Compare it with the place.", icon=":material/edit_location_alt:")


def answers(lead: leads.LeadDetail) -> None:
    """The form's answers by their labels."""
    page.facts([(each.label, figures.answer(each.value, each.label)) for each in lead.answers] or [("Answers", None)])


def contact(lead: leads.LeadDetail) -> None:
    """Who asks, as far as the reader may see it."""
    person = lead.contact
    if person.erased:
        page.empty("Erased", "This person's data was erased; the figures remain.", icon="delete")
        return
    page.facts(
        [
            ("Name", person.name),
            ("E-mail", person.email),
            ("Phone", figures.phone(person.phone)),
            ("Address", figures.address(person.street, person.unit, person.city, person.state, person.zip)),
        ]
    )
    if person.masked:
        st.caption("Your role sees contact data masked.")


def judgement(lead: leads.LeadDetail, *, ask: bool = False) -> None:
    """Quality and fraud with their reasons; ``ask`` whether those of fraud are right."""
    scores(quality=lead.quality.value if lead.quality else None, fraud=lead.fraud.value if lead.fraud else None)
    if not (lead.quality or lead.fraud):
        st.caption("Not scored yet. A job does it within seconds of the request.")
        return
    for title, score in (("Fraud", lead.fraud), ("Quality", lead.quality)):
        if score and score.reasons:
            st.markdown(f"**{title}: why**")
            reasons(score.reasons, points=title == "Quality")
            if title == "Fraud" and ask:
                fraud_feedback(lead.id)
    st.caption(f"By {_version(lead.fraud or lead.quality)}.")


def _version(score: StoredScore | None) -> str:
    return f"{version_words(score.version)}, {figures.ago(score.computed_at)}" if score else "nobody yet"


def place(lead: leads.LeadDetail) -> None:
    """Where it is: our outline, the point, and how sure we are of it."""
    if lead.lon is None or lead.lat is None:
        st.caption("The place was erased.")
        return
    told = "The lead" if lead.exact else "About here (blurred)"
    point = maps.Point(lead.lon, lead.lat, told, radius_m=lead.accuracy_m or 0)
    caption = f"{lead.market}, {figures.place(lead.city, figures.county(lead.county), lead.zip)}"
    maps.locator([read(markets.outline, market_id=lead.market_id)], [point], caption=caption)
    if lead.exact and lead.location_source:
        sure = f"within {distance(lead.accuracy_m)}" if lead.accuracy_m else "exactly"
        st.caption(f"Placed by {'ZIP' if lead.location_source == 'zip' else lead.location_source}, {sure}.")


def origin(lead: leads.LeadDetail) -> None:
    """Where it came from and who confirmed it."""
    given = {
        CAMPAIGN.get(key) or key.replace("_", " ").capitalize(): str(value) for key, value in lead.attribution.items() if value
    }
    page.facts(
        [
            ("Source", ORIGINS.get(lead.source, lead.source)),
            ("Submitted", figures.time_tag(lead.submitted_at, lead.timezone)),
            ("Internet address", lead.submitted_ip),
            ("Confirmed", figures.time_tag(lead.confirmed_at, lead.timezone)),
            ("Confirmed from", lead.confirmed_ip),
            ("Browser", lead.confirmed_agent),
            *given.items(),
        ]
    )


def consent(lead: leads.LeadDetail) -> None:
    """Each consent event with its exact words."""
    if not lead.consents:
        st.caption("No consent was recorded.")
    for event in lead.consents:
        state = (
            pills.tag("Given", icon="check", tone="live")
            if event.event == "given"
            else pills.tag("Revoked", icon="undo", tone="stopped")
        )
        st.markdown(f"{state} :gray[{figures.exact(event.at, lead.timezone)}, wording {event.wording_version}]")
        st.caption(event.wording)


def duplicates(lead: leads.LeadDetail) -> None:
    """Other requests of the same person."""
    for other in lead.duplicates:
        with st.container(horizontal=True, vertical_alignment="center"):
            first = " :gray[the first]" if other.first else ""
            st.markdown(f"{pills.pill(other.status)} {other.niche}, {figures.ago(other.submitted_at)}{first}", width="stretch")
            st.page_link(_leads(), label="Open", icon=":material/open_in_new:", query_params={"lead": str(other.lead_id)})


def waited(lead: leads.LeadDetail | leads.LeadRow) -> str:
    """How long the lead has waited for a decision, in words."""
    since = lead.confirmed_at or lead.submitted_at
    return figures.duration((utc_now() - since).total_seconds())


def _leads() -> st.Page:
    from dashboard import navigation

    return navigation.target("leads")
