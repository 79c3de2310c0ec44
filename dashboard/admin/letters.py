"""Letters: each as its reader saw it, and the story of its way (SPEC 11.3)."""

from datetime import timedelta
from typing import Any

import streamlit as st

from core import messaging
from dashboard.components import figures, page, pager, periods, pills
from dashboard.components.opened import opened, param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.components.timeline import Moment, timeline
from dashboard.current import read, zone_of_browser
from dashboard.live import again, fragment
from dashboard.theme import Tone

STATUSES = ("queued", "sent", "delivered", "opened", "bounced", "complained", "failed", "suppressed")
READERS = {"user": "People with an account", "lead": "Consumers"}
SOURCES = {"exchange": "", "ses": "told by Amazon SES", "sendgrid": "told by SendGrid"}


@fragment
def letters() -> None:
    """List left, the letter and its story right."""
    asked = _filters()
    found = read(messaging.recent_messages, **asked, before_id=pager.cursor(of=asked), limit=pager.PAGE)
    if not found:
        page.empty("No letters here", _why_empty(any(asked.values())), icon="mail")
        return
    chosen = param_id("mail")
    left, right = split("mail", key="mail", back="All letters")
    with left:
        rail([_row(view) for view in found], opened=str(chosen), param="mail", key="mail")
        pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    with right:
        if chosen:
            _letter(opened("mail", chosen, lambda: read(messaging.read_message, message_id=chosen)))
        else:
            page.empty("Choose a letter", "It opens here as its reader saw it. Reading is logged.", icon="drafts")


def _filters() -> dict[str, Any]:
    titles = {view.key: view.title for view in read(messaging.list_templates)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        template = _choice("Template", titles, key="template", nothing="All templates", width=260)
        status = _choice("What became of it", {name: pills.word(name) for name in STATUSES}, key="status", nothing="Everything")
        reader = _choice("Written to", READERS, key="reader", nothing="Everybody", width=200)
        since = st.date_input("From", format="MM/DD/YYYY", value=None, key="from", bind="query-params", width=140)
        until = st.date_input("Until", format="MM/DD/YYYY", value=None, key="until", bind="query-params", width=140)
        if st.button("Look again", icon=":material/refresh:", help="Load letters written since"):
            again()
    return {
        "template": template,
        "status": status,
        "recipient_type": reader,
        "since": periods.midnight(since) if since else None,
        "until": periods.midnight(until + timedelta(days=1)) if until else None,
    }


def _choice(label: str, words: dict[str, str], *, key: str, nothing: str, width: int = 180) -> str | None:
    """One of several, or none; the address holds the word a person sees."""
    by_word = {word: name for name, word in words.items()}
    said = st.selectbox(label, list(by_word), index=None, placeholder=nothing, key=key, bind="query-params", width=width)
    return by_word.get(said) if said else None


def _why_empty(filtered: bool) -> str:
    if filtered:
        return "No letter fits these filters. Take one away to see more."
    return "A letter appears as soon as somebody submits a request, registers or is sold a lead."


def _row(view: messaging.MessageView) -> Row:
    title = view.subject or view.title
    return Row(str(view.id), title, f"{view.address or 'erased'} · {figures.ago(view.queued_at)}", pills.pill(view.status))


def _letter(text: messaging.MessageText) -> None:
    view = text.message
    page.section(view.subject or view.title)
    page.facts(
        [
            ("To", view.address),
            ("Template", f"{view.title}, version {view.version}"),
            ("Queued", figures.time_tag(view.queued_at)),
            ("Sent", figures.time_tag(view.sent_at)),
        ],
        columns=2,
    )
    _story(view)
    if text.html is None:
        page.empty("The text is gone", "It was erased together with the person's data.", icon="delete")
        return
    if text.links_hidden:
        st.caption("Links that act are taken out: only the reader may use them.")
    # A frame of its own, so the letter's style stays inside; links open beside the page.
    st.iframe(text.html.replace("<head>", '<head><base target="_blank">', 1), height=560)
    with st.expander("Plain text"):
        st.code(text.text or "", language=None, wrap_lines=True)


def _story(view: messaging.MessageView) -> None:
    events = read(messaging.events_of, message_id=view.id)
    timeline([_moment(event) for event in events], zone=zone_of_browser())


def _moment(event: messaging.EventView) -> Moment:
    tone: Tone = "stopped" if event.event in ("bounced", "complained", "failed") else pills.state(event.event).tone
    kind = {"hard": "for good", "soft": "this time", None: ""}[event.bounce]
    title = f"{pills.word(event.event)} {kind}".strip()
    return Moment(event.at, title, " · ".join(part for part in (event.detail or "", SOURCES[event.source]) if part), tone)
