"""A lead's passport on a page: its entries in words, what is withheld, the file to take along (SPEC 9.1, 13.8)."""

from uuid import UUID

import streamlit as st

from core import passports
from core.kit.db import Json
from dashboard.components import page
from dashboard.components.timeline import Moment, timeline
from dashboard.current import read
from dashboard.theme import Tone

TITLES: dict[str, tuple[str, Tone]] = {
    "lead.submitted": ("Asked", "sea"),
    "consent.given": ("Agreed to be contacted", "live"),
    "consent.revoked": ("Took the consent back", "stopped"),
    "lead.confirmed": ("Confirmed by e-mail", "sea"),
    "lead.approved": ("Checked and approved", "live"),
    "lead.rejected": ("Rejected", "stopped"),
    "lead.changed": ("Changed at its source", "neutral"),
    "lead.merged": ("Found to repeat an earlier request", "neutral"),
    "lead.split": ("Found to be a request of its own", "neutral"),
    "lead.quarantined": ("Set aside", "waiting"),
    "lead.released": ("Put back", "sea"),
    "lead.expired": ("Expired unconfirmed", "neutral"),
    "lead.withdrawn": ("Withdrawn", "stopped"),
    "lead.erased": ("Person erased", "neutral"),
    "lead.assigned": ("Delivered", "live"),
    "lead.bought": ("Bought", "live"),
    "assignment.refunded": ("Paid back", "waiting"),
    "lead.told_holders": ("Its holders were told", "sea"),
}
CHANNELS = {"email": "e-mail", "phone": "phone", "sms": "text message"}
SOURCES = {"form": "on our form", "api": "by API", "partner": "through a partner", "connector": "through a source"}


def passport(lead_id: UUID, *, zone: str, address: str) -> None:
    """The entries that the reader may know, and the signed file at ``address``."""
    story = read(passports.story_before_purchase, lead_id=lead_id)
    if not story.moments:
        page.empty("No passport yet", "It appears within a minute of what it tells.", icon="badge")
        return
    timeline([Moment(one.at, *_words(one)) for one in story.moments if one.at], zone=zone)
    if story.withheld:
        many = "1 more entry tells" if story.withheld == 1 else f"{story.withheld} more entries tell"
        st.caption(
            f"{many} of others' business and {'is' if story.withheld == 1 else 'are'} withheld; the chain still proves them."
        )
    st.html(f'<a href="{address}" download>Download the signed passport</a>')
    st.caption(f"Anybody can check the file without us. It ends with {story.head[:16]}.")


def _words(one: passports.Moment) -> tuple[str, str, Tone]:
    title, tone = TITLES.get(one.kind, (one.kind, "neutral"))
    return title, _detail(one.kind, one.facts or {}), tone


def _detail(kind: str, facts: Json) -> str:
    if kind == "lead.submitted":
        named = (facts.get("permission") or {}).get("source") or facts.get("from")
        return SOURCES.get(facts.get("source", ""), "") + (f" ({named.replace('-', ' ').capitalize()})" if named else "")
    if kind.startswith("consent."):
        channels = ", ".join(CHANNELS.get(channel, channel) for channel in facts.get("channels") or ())
        return f"wording {facts.get('wording_version')}" + (f", by {channels}" if channels else "")
    if kind in ("lead.assigned", "lead.bought"):
        return f"to {facts.get('company')}, ${facts.get('price_cents', 0) / 100:,.2f}"
    if kind == "lead.told_holders":
        many = facts.get("companies", 0)
        return f"{many} {'company' if many == 1 else 'companies'}" + (", to erase it" if facts.get("erase") else "")
    return ""
